import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { defaultLimits } from '../../src/base/limits.ts'
import { openSession, withSession } from '../../src/engine/duckdb/session.ts'
import { Turnstile } from '../../src/engine/duckdb/turnstile.ts'
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

it('a turnstile lets so many in at once, in their order, and keeps a place until its work has ended', async () => {
  const turnstile = new Turnstile(2)
  const { signal } = new AbortController()
  const works = Array.from({ length: 5 }, () => Promise.withResolvers<number>())
  const begun: number[] = []
  const enter = async (index: number, left = signal) =>
    turnstile.pass(left, 0, () => {
      begun.push(index)
      return works[index]?.promise ?? Promise.reject(new Error('none'))
    })
  const leaver = new AbortController()
  const first = enter(0, leaver.signal)
  const second = enter(1)
  const third = enter(2, leaver.signal)
  const fourth = enter(3)
  await Promise.resolve()
  expect(begun).toEqual([0, 1])
  leaver.abort(new Error('left'))
  for (const one of await Promise.allSettled([first, third]))
    expect(one).toMatchObject({ status: 'rejected', reason: { message: 'left' } })
  // Nobody waits for the first any more, but it has not ended.
  expect(begun).toEqual([0, 1])
  works[1]?.resolve(1)
  expect(await second).toBe(1)
  works[3]?.reject(new Error('failed'))
  await expect(fourth).rejects.toThrow('failed')
  expect(begun).toEqual([0, 1, 3])
  works[0]?.resolve(0)
  works[4]?.resolve(4)
  expect(await enter(4)).toBe(4)
  await expect(enter(4, leaver.signal)).rejects.toThrow('left')
})
