import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { defaultLimits } from '../../src/base/limits.ts'
import { isOfRows, queryFailed } from '../../src/engines/local/duckdb/errors.ts'
import { openSession, withSession } from '../../src/engines/local/duckdb/session.ts'
import { Workbench } from './workbench.ts'

const ENDLESS = 'SELECT max(a.range || b.range) FROM range(10000000) a, range(10000000) b'

it.each(['before a statement', 'as it is handed over', 'before the session is there'])(
  'an abort is heard %s',
  async (moment) => {
    await using bench = await Workbench.open()
    const controller = new AbortController()
    const { signal } = controller
    const opening = openSession({ limits: defaultLimits, tempDir: join(bench.dir, 'temp'), signal })
    if (moment === 'before the session is there') controller.abort(new Error('stop'))
    const session = await opening
    if (moment === 'before a statement') controller.abort(new Error('stop'))
    const running = session.run(ENDLESS)
    if (moment === 'as it is handed over') controller.abort(new Error('stop'))
    await expect(running).rejects.toThrow(/interrupt/i)
    await session.close()
    expect(await readdir(join(bench.dir, 'temp'))).toEqual([])
  },
)

it('a session that was aborted before does not open', async () => {
  await using bench = await Workbench.open()
  const options = { limits: defaultLimits, tempDir: bench.dir, signal: AbortSignal.abort(new Error('stop')) }
  await expect(withSession(options, () => Promise.resolve(1))).rejects.toThrow('stop')
})

it.each([
  ["SELECT * FROM read_csv('/gone.csv', columns = {c: 'VARCHAR'}, auto_detect = false)", true],
  ["SELECT CAST('No space left on device' AS INTEGER)", true],
  ["SELECT strptime('Out of Memory', '%Y')", true],
  ['SELECT list(range) FROM range(10000000)', false],
  ['SELECT nothing', false],
  ['SELECT * FROM nothing', false],
  ['SELEC', false],
])(
  'of the errors of the engine, only those that rows may cause let a scan give way: %s',
  async (sql, isOf) => {
    await using bench = await Workbench.open()
    const limits = { ...defaultLimits, rowsMemoryBytesMax: 64 * 2 ** 20 }
    const { signal } = new AbortController()
    const error = await withSession({ limits, tempDir: bench.dir, signal }, async (session) =>
      session.run(sql).catch((thrown: unknown) => thrown),
    )
    expect(error).toBeInstanceOf(Error)
    expect(isOfRows(error)).toBe(isOf)
    expect(queryFailed(error, 'It')).toMatchObject({ code: 'query_failed' })
  },
)
