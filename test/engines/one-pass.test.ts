import { randomBytes } from 'node:crypto'
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { defaultLimits } from '../../src/base/limits.ts'
import { queriesRunHere } from '../support/queries-here.ts'
import type { QueriedRows } from '../../src/engines/local/duckdb/locked-query.ts'
import { prepareQuery } from '../../src/engines/local/duckdb/query.ts'
import { countRows, previewQuery } from '../../src/engines/local/preview.ts'
import { openSource } from '../../src/sources/open-source.ts'
import { Workbench } from './workbench.ts'

queriesRunHere()

const { signal } = new AbortController()

/** Cannot be packed to much less than it is. */
const addresses = Array.from({ length: 30_000 }, () => `${randomBytes(24).toString('hex')}@example.com`)
const contents = {
  csv: `email,id\n${addresses.map((email, id) => `${email},${id}\n`).join('')}`,
  jsonl: addresses.map((email, id) => `${JSON.stringify({ email, id })}\n`).join(''),
}

async function write(bench: Workbench, ending: keyof typeof contents, cut = 0) {
  const packed = gzipSync(contents[ending])
  const name = `in.${ending}.gz`
  await mkdir(bench.dir, { recursive: true })
  await writeFile(join(bench.dir, name), packed.subarray(0, packed.length - cut))
  return name
}

function optionsFor(bench: Workbench, name: string, query: string | null) {
  const place = { limits: defaultLimits, signal, cwd: bench.dir, tempDir: join(bench.dir, 'temp') }
  return { ...place, from: [name], query, emailColumn: 'email', owner: 'someone', openColumns: null }
}

describe.each(['csv', 'jsonl'] as const)('a compressed %s file', (ending) => {
  it.each(['SELECT email FROM input', 'SELECT * FROM input', 'SELECT email FROM input WHERE id = 1'])(
    'is read once: %s',
    async (query) => {
      await using bench = await Workbench.open()
      const name = await write(bench, ending)
      const options = optionsFor(bench, name, query)
      const { rows } = await openSource(options)
      let read = 0
      const onBytes = (bytes: number) => {
        read += bytes
      }
      const ignored = { hashed: false, onShare: () => undefined }
      await prepareQuery(rows as QueriedRows, bench.path('query'), { ...options, ...ignored, onBytes })
      expect(read).toBe((await stat(join(bench.dir, name))).size)
    },
  )

  it('is not read a second time by the process that has the query run', async ({ skip }) => {
    if (process.platform !== 'linux') skip('only Linux counts what a process and its children read')
    await using bench = await Workbench.open()
    const small = await bench.write('small.csv', 'email\na@example.com\n')
    const name = await write(bench, ending)
    const { size } = await stat(join(bench.dir, name))
    const readBy = async (from: string) => {
      const options = optionsFor(bench, from, 'SELECT email FROM input LIMIT 1')
      const before = await bytesRead()
      await bench.prepare((await openSource(options)).rows)
      await previewQuery({ ...options, rowsMax: 1 })
      await countRows(options)
      return (await bytesRead()) - before
    }
    // What is loaded on first use is read too, and by every child again.
    await readBy(small)
    const others = await readBy(small)
    const times = ((await readBy(name)) - others) / size
    expect(times).toBeGreaterThan(2.9)
    expect(times).toBeLessThan(4)
  })

  it('that is cut at its end is refused by its name, however little of it a query needs', async () => {
    await using bench = await Workbench.open()
    const name = await write(bench, ending, 9)
    const refusal = {
      code: 'source_damaged',
      data: { detail: expect.stringMatching(`^"${name}" is cut off`) },
    }
    for (const query of ['SELECT email FROM input LIMIT 1', "SELECT 'a@example.com' AS email FROM input"]) {
      const options = optionsFor(bench, name, query)
      const { rows } = await openSource(options)
      await expect(bench.prepare(rows)).rejects.toMatchObject(refusal)
      await expect(previewQuery({ ...options, rowsMax: 1 })).rejects.toMatchObject(refusal)
      await expect(countRows(options)).rejects.toMatchObject(refusal)
    }
  })
})

async function bytesRead(): Promise<number> {
  return Number(/^rchar: (\d+)$/m.exec(await readFile('/proc/self/io', 'utf8'))?.[1])
}
