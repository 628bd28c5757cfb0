import { expect, test } from 'vitest'
import { AD_ACCOUNTS } from '../../simulator/main.ts'
import { AUDIENCES, hashes, LISTS, startApi } from './api.ts'

const WRITE = { name: 'x', records: hashes(0, 1).join() }

test('a burst over the limit gets exactly the limit through, and the rest 429 with code 8', async () => {
  await using api = await startApi()
  const answers = await Promise.all(Array.from({ length: 450 }, () => api.post(LISTS, WRITE)))
  const refused = answers.filter((answer) => answer.status === 429)
  expect(refused).toHaveLength(50)
  expect(refused[0]?.body['code']).toBe(8)
  expect(refused[0]?.headers).toMatchObject({
    'x-ratelimit-limit': '400, 400;w=60',
    'x-ratelimit-remaining': '0',
    'x-ratelimit-reset': expect.stringMatching(/^[1-6]?\d$/),
    'x-pinterest-rid': expect.stringMatching(/^\d+$/),
  })
  expect(api.simulator.control.lists()).toHaveLength(400)
  expect(api.simulator.control.stats().provoked429).toBe(50)
})

test('the window slides: each call frees its place 60 s after it was made, not before', async () => {
  await using api = await startApi({ limits: { readsPerMinute: 5, writesPerMinute: 2 } })
  const write = async () => (await api.post(LISTS, WRITE)).status
  expect(await write()).toBe(200)
  api.simulator.control.advanceTime(30_000)
  expect([await write(), await write()]).toEqual([200, 429])
  api.simulator.control.advanceTime(29_000)
  expect(await write()).toBe(429)
  api.simulator.control.advanceTime(1_500)
  expect([await write(), await write()]).toEqual([200, 429])
})

test('waiting as long as the answer says is enough', async () => {
  await using api = await startApi({ limits: { readsPerMinute: 5, writesPerMinute: 1 } })
  await api.post(LISTS, WRITE)
  api.simulator.control.advanceTime(12_345)
  const refused = await api.post(LISTS, WRITE)
  api.simulator.control.advanceTime(Number(refused.headers['x-ratelimit-reset']) * 1000)
  expect((await api.post(LISTS, WRITE)).status).toBe(200)
})

test('lists and audiences share a budget, reads and writes and ad accounts do not', async () => {
  await using api = await startApi({ limits: { readsPerMinute: 2, writesPerMinute: 1 } })
  expect((await api.get(LISTS)).headers['x-ratelimit-remaining']).toBe('1')
  expect((await api.get(AUDIENCES)).headers['x-ratelimit-remaining']).toBe('0')
  expect((await api.get(LISTS)).status).toBe(429)
  expect((await api.post(LISTS, WRITE)).status).toBe(200)
  expect((await api.get(`/ad_accounts/${AD_ACCOUNTS.admin}/customer_lists`)).status).toBe(200)
  expect((await api.get('/ad_accounts')).status).toBe(200)
})

test('a call without a living token costs nothing', async () => {
  await using api = await startApi({ limits: { readsPerMinute: 1, writesPerMinute: 1 } })
  await api.call('GET', LISTS, { headers: { authorization: 'Bearer pina_dead' } })
  expect((await api.get(LISTS)).status).toBe(200)
})

test('the limit can be switched off', async () => {
  await using api = await startApi({ limits: 'off' })
  const answers = await Promise.all(Array.from({ length: 500 }, () => api.post(LISTS, WRITE)))
  expect(answers.every((answer) => answer.status === 200)).toBe(true)
})
