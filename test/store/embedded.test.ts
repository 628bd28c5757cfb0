import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { attach, attached, serverPid, serversOf, testFolder } from './support.ts'

test('what was committed is there after the server was stopped and started again', async () => {
  const home = await testFolder('embedded')
  const first = await attached(home)
  await first.ask('sql create table kept (n int)')
  await first.ask('sql insert into kept select generate_series(1, 1000)')
  const firstPid = await serverPid(home)
  expect(await first.ask('close')).toBe('closed')
  expect(serversOf(home)).toEqual([])

  const second = await attached(home)
  expect(await second.ask('sql select sum(n)::int as sum from kept')).toBe('[{"sum":500500}]')
  expect(await serverPid(home)).not.toBe(firstPid)
  await second.ask('close')
  expect(serversOf(home)).toEqual([])
})

test('four processes that open a fresh folder at once share one server', async () => {
  const home = await testFolder('embedded')
  const all = [attach(home), attach(home), attach(home), attach(home)]
  expect(await Promise.all(all.map((one) => one.ask()))).toEqual(['open', 'open', 'open', 'open'])
  const started = await Promise.all(all.map((one) => one.ask('sql select pg_postmaster_start_time()')))
  expect(new Set(started).size).toBe(1)
  await Promise.all(all.map((one) => one.ask('close')))
  expect(serversOf(home)).toEqual([])
})

test('the server stays for those who are attached when the one who started it goes', async () => {
  const home = await testFolder('embedded')
  const starter = await attached(home)
  const staying = await attached(home)
  const pid = await serverPid(home)
  await starter.ask('close')
  expect(await staying.ask('sql select 1 as n')).toBe('[{"n":1}]')
  expect(await serverPid(home)).toBe(pid)
  await staying.ask('close')
  expect(serversOf(home)).toEqual([])
})

test('comings and goings cut nobody off', async () => {
  const home = await testFolder('embedded')
  const comeAndGo = async (times: number): Promise<void> => {
    for (let time = 0; time < times; time += 1) {
      const one = await attached(home)
      expect(await one.ask('sql select 1 as n')).toBe('[{"n":1}]')
      expect(await one.ask('close')).toBe('closed')
    }
  }
  await Promise.all([comeAndGo(4), comeAndGo(4), comeAndGo(4)])
  expect(serversOf(home)).toEqual([])
})

test('a long path of the data folder is no obstacle, though a socket cannot have one', async () => {
  const home = `${await testFolder('embedded')}/${randomBytes(50).toString('hex')}`
  const first = await attached(home)
  const second = await attached(home)
  expect(await second.ask('sql select 1 as n')).toBe('[{"n":1}]')
  await first.ask('close')
  await second.ask('close')
  expect(serversOf(home)).toEqual([])
})
