import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { defaultLimits } from '../../src/base/limits.ts'
import { attached, serverPid, serversOf, testFolder } from './support.ts'

test('a killed process leaves the server running; the next one adopts it and stops it at its end', async () => {
  const home = await testFolder('crash')
  const killed = await attached(home)
  await killed.ask('sql create table kept (n int)')
  const pid = await serverPid(home)
  await killed.kill('SIGKILL')
  expect(serversOf(home)).toContain(pid)

  const next = await attached(home)
  expect(await serverPid(home)).toBe(pid)
  expect(await next.ask('sql select count(*)::int as n from kept')).toBe('[{"n":0}]')
  await next.ask('close')
  expect(serversOf(home)).toEqual([])
})

test('after the server was killed the next process starts at once, and nothing that was committed is lost', async () => {
  const home = await testFolder('crash')
  const first = await attached(home)
  await first.ask('sql create table kept (n int)')
  for (let round = 1; round <= 3; round += 1) {
    const writer = await attached(home)
    expect(await writer.ask(`sql insert into kept values (${round})`)).toBe('[]')
    process.kill(await serverPid(home), 'SIGKILL')
    const next = await attached(home)
    expect(await next.ask('sql select count(*)::int as n from kept')).toBe(`[{"n":${round}}]`)
    await writer.kill('SIGKILL')
    await next.kill('SIGKILL')
  }
  await first.ask('close')
  expect(serversOf(home)).toEqual([])
})

test('a process whose server was killed under it finds it again', async () => {
  const home = await testFolder('crash')
  const first = await attached(home)
  process.kill(await serverPid(home), 'SIGKILL')
  const second = await attached(home)
  expect(await first.ask('sql select 1 as n')).toMatch(/^(?:error .*|\[\{"n":1\}\])$/)
  expect(await first.ask('sql select 1 as n')).toBe('[{"n":1}]')
  await second.ask('close')
  await first.ask('close')
  expect(serversOf(home)).toEqual([])
})

test('a lock file that names a process of somebody else is no server', async () => {
  const home = await testFolder('crash')
  const first = await attached(home)
  await first.ask('sql create table kept (n int)')
  const lockFile = join(home, 'postgres', 'postmaster.pid')
  await copyFile(lockFile, `${home}/saved`)
  await first.ask('close')

  const stranger = spawn('sleep', ['600'], { stdio: 'ignore' })
  onTestFinished(async () => {
    stranger.kill('SIGKILL')
    await once(stranger, 'close')
  })
  const [, ...rest] = (await readFile(`${home}/saved`, 'utf8')).split('\n')
  await writeFile(lockFile, [stranger.pid, ...rest].join('\n'))
  const next = await attached(home)
  expect(await next.ask('sql select count(*)::int as n from kept')).toBe('[{"n":0}]')
  await next.ask('close')
  expect(stranger.exitCode).toBeNull()
  expect(serversOf(home)).toEqual([])
})

test('a folder that is in the way is named and left alone', async () => {
  const home = await testFolder('crash')
  await mkdir(join(home, 'postgres'))
  await writeFile(join(home, 'postgres', 'precious.txt'), 'mine')
  await expect(attached(home)).rejects.toThrow(/database_unavailable .*is not a PostgreSQL data folder/)
  expect(await readFile(join(home, 'postgres', 'precious.txt'), 'utf8')).toBe('mine')
})

test('the lock of a killed process is free within the time that others wait for it', async () => {
  const home = await testFolder('crash')
  const holder = await attached(home)
  const other = await attached(home)
  expect(await holder.ask('lock list:1')).toBe('taken')
  expect(await other.ask('lock list:2')).toBe('taken')
  expect(await other.ask('lock list:1')).toBe('busy')

  await holder.kill('SIGKILL')
  const startedMs = performance.now()
  expect(await other.ask('lock list:1')).toBe('taken')
  expect(performance.now() - startedMs).toBeLessThan(defaultLimits.lockWaitMs)
})

test('the lock of a process that is killed in the middle of a query is free within that time too', async () => {
  const home = await testFolder('crash')
  const holder = await attached(home)
  const other = await attached(home)
  expect(await holder.ask('lock list:1')).toBe('taken')
  void holder.ask('sql select pg_sleep(60)').catch(() => null)
  await holder.kill('SIGKILL')
  expect(await other.ask('lock list:1')).toBe('taken')
})
