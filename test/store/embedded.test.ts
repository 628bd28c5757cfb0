import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { attach, openHere, rowsOf, serverPid, serversOf, sharedHome, testFolder } from './support.ts'

const home = sharedHome('embedded')

test('what was committed is there after the server was stopped and started again', async () => {
  const first = await openHere(home.dir)
  await rowsOf(first, 'create table kept as select generate_series(1, 1000) as n')
  const firstPid = await serverPid(home.dir)
  await first.close()
  expect(serversOf(home.dir)).toEqual([])

  const second = await openHere(home.dir)
  expect(await rowsOf(second, 'select sum(n)::int as sum from kept')).toEqual([{ sum: 500_500 }])
  expect(await serverPid(home.dir)).not.toBe(firstPid)
  await second.close()
  expect(serversOf(home.dir)).toEqual([])
})

test('four processes that open a fresh folder at once share one server', async () => {
  const dir = await testFolder('fresh')
  const all = [attach(dir), attach(dir), attach(dir), attach(dir)]
  expect(await Promise.all(all.map((one) => one.ask()))).toEqual(['open', 'open', 'open', 'open'])
  const started = await Promise.all(all.map((one) => one.ask('sql select pg_postmaster_start_time()')))
  expect(new Set(started).size).toBe(1)
  await Promise.all(all.map((one) => one.ask('close')))
  expect(serversOf(dir)).toEqual([])
})

test('the server stays for those who are attached when the one who started it goes', async () => {
  const starter = await openHere(home.dir)
  const staying = await openHere(home.dir)
  const pid = await serverPid(home.dir)
  await starter.close()
  expect(await rowsOf(staying, 'select 1 as n')).toEqual([{ n: 1 }])
  expect(await serverPid(home.dir)).toBe(pid)
  await staying.close()
  expect(serversOf(home.dir)).toEqual([])
})

test('comings and goings cut nobody off', async () => {
  const comeAndGo = async (times: number): Promise<void> => {
    for (let time = 0; time < times; time += 1) {
      const store = await openHere(home.dir)
      expect(await rowsOf(store, 'select 1 as n')).toEqual([{ n: 1 }])
      await store.close()
    }
  }
  await Promise.all([comeAndGo(5), comeAndGo(5), comeAndGo(5)])
  expect(serversOf(home.dir)).toEqual([])
})

test('a long path of the data folder is no obstacle, though a socket cannot have one', async () => {
  const dir = `${await testFolder('long')}/${randomBytes(50).toString('hex')}`
  const first = await openHere(dir)
  const second = await openHere(dir)
  expect(await rowsOf(second, 'select 1 as n')).toEqual([{ n: 1 }])
  await first.close()
  await second.close()
  expect(serversOf(dir)).toEqual([])
})
