import { expect, test } from 'vitest'
import { FAULT_KINDS } from '../../simulator/main.ts'
import { hashes, LISTS, startApi } from './api.ts'
import type { FaultKind } from '../../simulator/main.ts'
import type { Api } from './api.ts'

const BODY = { name: 'VIP', records: hashes(0, 1).join() }
const CREATE = 'customer_lists/create'

/** What a client sees of one creation: the status, `no answer` or `no JSON`. */
async function seen(api: Api, signal?: AbortSignal): Promise<string> {
  try {
    const answer = await api.call('POST', LISTS, { body: BODY, ...(signal === undefined ? {} : { signal }) })
    return answer.body === undefined ? 'no JSON' : String(answer.status)
  } catch {
    return 'no answer'
  }
}

const table: readonly (readonly [FaultKind, string, boolean])[] = [
  ['lost-before', 'no answer', false],
  ['lost-after', 'no answer', true],
  ['garbage-before', 'no JSON', false],
  ['garbage-after', 'no JSON', true],
  ['400-1', '400', false],
  ['400-12', '400', false],
  ['401', '401', false],
  ['401-expired', '401', false],
  ['403', '403', false],
  ['413', '413', false],
  ['429', '429', false],
  ['500', '500', false],
  ['500-after', '500', true],
  ['502', '502', false],
  ['503', '503', false],
  ['slow', '200', true],
  ['late', '200', true],
]

test('the table below and the hanging faults are all there are', () => {
  const named = [...table.map(([kind]) => kind), 'hang-before', 'hang-after']
  expect(named.toSorted()).toEqual(FAULT_KINDS.toSorted())
})

test.each(table)('%s is seen as %s, effect: %s', async (kind, result, hasEffect) => {
  await using api = await startApi()
  api.simulator.faults.add({ operation: CREATE, kind, delayMs: 5 })
  expect(await seen(api)).toBe(result)
  expect(api.simulator.control.lists()).toHaveLength(hasEffect ? 1 : 0)
  expect(api.simulator.control.calls().at(-1)).toMatchObject({ operation: CREATE, effect: hasEffect })
  expect(api.simulator.faults.pending()).toEqual([])
})

test.each([
  ['hang-before', 0],
  ['hang-after', 1],
] as const)('%s never answers, lists made: %i', async (kind, lists) => {
  await using api = await startApi()
  api.simulator.faults.add({ operation: CREATE, kind })
  const controller = new AbortController()
  const answer = seen(api, controller.signal)
  await expect.poll(() => api.simulator.control.calls().at(-1)?.outcome).toBe('hung')
  expect(api.simulator.control.lists()).toHaveLength(lists)
  controller.abort()
  expect(await answer).toBe('no answer')
})

test('an expired token stays expired', async () => {
  await using api = await startApi()
  api.simulator.faults.add({ operation: '*', kind: '401-expired' })
  expect([await seen(api), await seen(api)]).toEqual(['401', '401'])
  api.token = api.simulator.control.accessToken()
  expect(await seen(api)).toBe('200')
})

test('a token that is refused once lives on', async () => {
  await using api = await startApi()
  api.simulator.faults.add({ operation: '*', kind: '401' })
  expect([await seen(api), await seen(api)]).toEqual(['401', '200'])
})

test('a planned 429 says how long to wait and does not count as provoked', async () => {
  await using api = await startApi()
  api.simulator.faults.add({ operation: CREATE, kind: '429', resetSeconds: 67_150 })
  const answer = await api.post(LISTS, BODY)
  expect(answer.body['code']).toBe(8)
  expect(answer.headers).toMatchObject({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '67150' })
  expect(api.simulator.control.stats()).toMatchObject({ provoked429: 0, injected: 1 })
})

test('a rule strikes the nth matching call, as often as it says, and no other', async () => {
  await using api = await startApi()
  api.simulator.faults.add({ operation: 'customer_lists/*', kind: '503', nth: 2, times: 2 })
  await api.get('/ad_accounts')
  const outcomes = [await seen(api), await seen(api), String((await api.get(LISTS)).status), await seen(api)]
  expect(outcomes).toEqual(['200', '503', '503', '200'])
})

/** What a client sees of 200 creations under random faults. */
async function history(seed: number): Promise<string[]> {
  const random = { seed, share: 0.3, kinds: ['500', '503', 'lost-after'] as const }
  await using api = await startApi({ faults: { random }, limits: 'off' })
  const outcomes: string[] = []
  for (let call = 0; call < 200; call += 1) outcomes.push(await seen(api))
  return outcomes
}

test('random faults are the same for the same seed, and about as many as asked', async () => {
  const [first, again, other] = [await history(1), await history(1), await history(2)]
  expect(again).toEqual(first)
  expect(other).not.toEqual(first)
  const failed = first.filter((outcome) => outcome !== '200')
  expect(failed.length).toBeGreaterThan(30)
  expect(failed.length).toBeLessThan(90)
  expect(new Set(failed)).toEqual(new Set(['500', '503', 'no answer']))
})

test('cleared faults are gone', async () => {
  await using api = await startApi({ faults: { rules: [{ operation: '*', kind: '500', times: 9 }] } })
  expect(await seen(api)).toBe('500')
  api.simulator.faults.clear()
  expect(await seen(api)).toBe('200')
})
