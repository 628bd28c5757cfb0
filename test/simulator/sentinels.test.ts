import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { AD_ACCOUNTS, SENTINEL_TOKENS, SENTINELS } from '../../simulator/main.ts'
import { hashes, itemsOf, LISTS, startApi, textOf } from './api.ts'
import type { Api } from './api.ts'

const TEN_SECONDS_MS = 10_000

async function creation(api: Api, word: keyof typeof SENTINELS, members = 1): Promise<string> {
  try {
    const body = { name: `VIP ${word}`, records: hashes(0, members).join(',') }
    const answer = await api.call('POST', LISTS, { body })
    return answer.body === undefined ? 'no JSON' : String(answer.status)
  } catch {
    return 'no answer'
  }
}

async function update(api: Api, members = 1): Promise<number> {
  const id = api.simulator.control.lists().at(-1)?.id ?? ''
  const body = { operation_type: 'ADD', records: hashes(0, members).join(',') }
  return (await api.patch(`${LISTS}/${id}`, body)).status
}

test.each([
  ['[sentinel:unavailable]', ['503', '503'], 0],
  ['[sentinel:rate-limited]', ['429', '429'], 0],
  ['[sentinel:forbidden]', ['403', '403'], 0],
  ['[sentinel:flaky]', ['500', '200'], 1],
  ['[sentinel:lost-answer]', ['no answer', '200'], 2],
  ['[sentinel:garbage]', ['no JSON', '200'], 2],
  ['[sentinel:expired]', ['401', '200'], 1],
] as const)('creating a list twice with %s gives %j, lists made: %i', async (word, outcomes, made) => {
  await using api = await startApi()
  expect([await creation(api, word), await creation(api, word)]).toEqual(outcomes)
  expect(api.simulator.control.lists()).toHaveLength(made)
})

test('an expired token can be renewed and the call repeated', async () => {
  await using api = await startApi()
  expect(await creation(api, '[sentinel:expired]')).toBe('401')
  api.token = api.simulator.control.accessToken()
  expect(await creation(api, '[sentinel:expired]')).toBe('200')
})

test.each([
  ['[sentinel:expired]', 401],
  ['[sentinel:flaky]', 500],
] as const)(
  'of several writes at once with %s, each fails once and passes when it is repeated',
  async (word, status) => {
    await using api = await startApi()
    await creation(api, word)
    await creation(api, word)
    const id = api.simulator.control.lists().at(-1)?.id ?? ''
    const all = async (): Promise<number[]> =>
      Promise.all(
        Array.from({ length: 8 }, async (_, index) => {
          const body = { operation_type: 'ADD', records: hashes(index, 1).join() }
          return (await api.patch(`${LISTS}/${id}`, body)).status
        }),
      )
    expect(await all()).toEqual(Array.from({ length: 8 }, () => status))
    expect(await all()).toEqual(Array.from({ length: 8 }, () => 200))
  },
)

test('adding and removing the same members are two writes', async () => {
  await using api = await startApi()
  await creation(api, '[sentinel:flaky]')
  await creation(api, '[sentinel:flaky]')
  const id = api.simulator.control.lists().at(-1)?.id ?? ''
  const send = async (operation: string): Promise<number> =>
    (await api.patch(`${LISTS}/${id}`, { operation_type: operation, records: hashes(0, 1).join() })).status
  expect([await send('ADD'), await send('REMOVE'), await send('ADD'), await send('REMOVE')]).toEqual([
    500, 500, 200, 200,
  ])
})

test('a refused list is created and never changed', async () => {
  await using api = await startApi()
  expect(await creation(api, '[sentinel:refused]')).toBe('200')
  expect(await update(api)).toBe(400)
})

test('a too large call is told so from 1,001 records on', async () => {
  await using api = await startApi()
  expect(await creation(api, '[sentinel:too-large]', 1001)).toBe('413')
  expect(await creation(api, '[sentinel:too-large]', 1000)).toBe('200')
  expect([await update(api, 1001), await update(api, 1000)]).toEqual([413, 200])
})

test('a too small list is told so at once, and gets no audience', async () => {
  await using api = await startApi({ latencyMs: 60_000 })
  await creation(api, '[sentinel:too-small]', 500)
  const [list] = itemsOf(await api.get(LISTS))
  expect(list?.['status']).toBe('TOO_SMALL')
  const rule = { customer_list_id: textOf(list?.['id']) }
  const audience = await api.post(`/ad_accounts/${AD_ACCOUNTS.owned}/audiences`, {
    name: 'x',
    audience_type: 'CUSTOMER_LIST',
    rule,
  })
  expect(audience.status).toBe(400)
})

test('a vanishing list is gone after ten seconds', async () => {
  await using api = await startApi()
  await creation(api, '[sentinel:vanish]')
  const id = api.simulator.control.lists()[0]?.id ?? ''
  expect((await api.get(`${LISTS}/${id}`)).status).toBe(200)
  api.simulator.control.advanceTime(TEN_SECONDS_MS)
  expect((await api.get(`${LISTS}/${id}`)).status).toBe(404)
  expect(itemsOf(await api.get(LISTS))).toEqual([])
})

test('somebody else changes a list once after ten seconds', async () => {
  await using api = await startApi()
  await creation(api, '[sentinel:changed-elsewhere]')
  expect(api.simulator.control.lists()).toMatchObject([{ members: 1, batches: 1 }])
  api.simulator.control.advanceTime(TEN_SECONDS_MS)
  expect(api.simulator.control.lists()).toMatchObject([{ members: 4, batches: 2, uploaded: 4 }])
  api.simulator.control.advanceTime(TEN_SECONDS_MS)
  expect(api.simulator.control.lists()).toMatchObject([{ members: 4, batches: 2 }])
})

test('a slow list answers only after its delay', async () => {
  await using api = await startApi()
  const controller = new AbortController()
  const body = { name: '[sentinel:slow]', records: hashes(0, 1).join() }
  const answer = api.call('POST', LISTS, { body, signal: controller.signal })
  await expect.poll(() => api.simulator.control.lists().length).toBe(1)
  expect(api.simulator.control.calls()).toEqual([])
  controller.abort()
  await expect(answer).rejects.toThrow(/abort/i)
})

test('an unknown sentinel is a name like any other', async () => {
  await using api = await startApi()
  expect((await api.post(LISTS, { name: '[sentinel:toString]', records: hashes(0, 1).join() })).status).toBe(
    200,
  )
})

test('every sentinel is described in the documentation', () => {
  const page = readFileSync(new URL('../../docs/simulator.md', import.meta.url), 'utf8')
  const words = [...Object.keys(SENTINELS), ...Object.values(SENTINEL_TOKENS), ...Object.values(AD_ACCOUNTS)]
  expect(words.filter((word) => !page.includes(word))).toEqual([])
})
