import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { defaultLimits } from '../../src/base/limits.ts'
import { attached, openHere, rowsOf, serverPid, serversOf, sharedHome, testFolder } from './support.ts'

const home = sharedHome('crash')

test('a killed process leaves the server running; the next one adopts it and stops it at its end', async () => {
  const killed = await attached(home.dir)
  await killed.ask('sql create table kept (n int)')
  const pid = await serverPid(home.dir)
  await killed.kill('SIGKILL')
  expect(serversOf(home.dir)).toContain(pid)

  const next = await openHere(home.dir)
  expect(await serverPid(home.dir)).toBe(pid)
  expect(await rowsOf(next, 'select count(*)::int as n from kept')).toEqual([{ n: 0 }])
  await next.close()
  expect(serversOf(home.dir)).toEqual([])
})

test('after the server was killed the next one starts at once, and nothing that was committed is lost', async () => {
  const open = [await openHere(home.dir)]
  await rowsOf(open[0] as (typeof open)[0], 'create table survived (n int)')
  for (let round = 1; round <= 3; round += 1) {
    await rowsOf(open.at(-1) as (typeof open)[0], `insert into survived values (${round})`)
    process.kill(await serverPid(home.dir), 'SIGKILL')
    const next = await openHere(home.dir)
    expect(await rowsOf(next, 'select count(*)::int as n from survived')).toEqual([{ n: round }])
    open.push(next)
  }
  await Promise.all(open.map((store) => store.close()))
  expect(serversOf(home.dir)).toEqual([])
})

test('a process whose server was killed under it goes on with the server that somebody started since', async () => {
  const first = await openHere(home.dir)
  await rowsOf(first, 'select 1 as n')
  process.kill(await serverPid(home.dir), 'SIGKILL')
  const second = await openHere(home.dir)
  await rowsOf(first, 'select 1 as n').catch(() => null)
  expect(await rowsOf(first, 'select 1 as n')).toEqual([{ n: 1 }])
  await second.close()
  await first.close()
  expect(serversOf(home.dir)).toEqual([])
})

test('a lock file that names a process of somebody else is no server', async () => {
  const first = await openHere(home.dir)
  const lockFile = join(home.dir, 'postgres', 'postmaster.pid')
  const [, ...rest] = (await readFile(lockFile, 'utf8')).split('\n')
  await first.close()

  const stranger = spawn('sleep', ['600'], { stdio: 'ignore' })
  onTestFinished(async () => {
    stranger.kill('SIGKILL')
    await once(stranger, 'close')
  })
  await writeFile(lockFile, [stranger.pid, ...rest].join('\n'))
  const next = await openHere(home.dir)
  expect(await rowsOf(next, 'select 1 as n')).toEqual([{ n: 1 }])
  await next.close()
  expect(stranger.exitCode).toBeNull()
  expect(serversOf(home.dir)).toEqual([])
})

test('a folder that is in the way is named and left alone', async () => {
  const dir = await testFolder('in-the-way')
  await mkdir(join(dir, 'postgres'))
  await writeFile(join(dir, 'postgres', 'precious.txt'), 'mine')
  await expect(openHere(dir)).rejects.toMatchObject({
    code: 'database_unavailable',
    message: expect.stringContaining('is not a PostgreSQL data folder') as string,
  })
  expect(await readFile(join(dir, 'postgres', 'precious.txt'), 'utf8')).toBe('mine')
})

test('the lock of a killed process is free within the time that others wait for it', async () => {
  const holder = await attached(home.dir)
  const other = await openHere(home.dir, { ...defaultLimits, lockWaitMs: 100 })
  expect(await holder.ask('lock list:1')).toBe('taken')
  const free = await other.tryLock('list:2')
  expect(free).not.toBeNull()
  await free?.release()
  expect(await other.tryLock('list:1')).toBeNull()

  await holder.kill('SIGKILL')
  const taken = await other.tryLock('list:1', { waitMs: defaultLimits.lockWaitMs })
  expect(taken).not.toBeNull()
  await taken?.release()
  await other.close()
})

test('whoever holds a lock is told when its connection breaks', async () => {
  const store = await openHere(home.dir)
  const lock = await store.tryLock('list:1')
  expect(lock?.lost.aborted).toBe(false)
  const lost = once(lock?.lost as AbortSignal, 'abort')
  process.kill(await serverPid(home.dir), 'SIGKILL')
  await lost
  expect(lock?.lost.reason).toMatchObject({ code: 'database_unavailable' })
  await lock?.release()
  await store.close()
})
