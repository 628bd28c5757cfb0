import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { AD_ACCOUNTS, DEMO_APP, FAULT_KINDS, SENTINELS } from '../../simulator/main.ts'
import { describeWithSpec } from '../support/openapi.ts'
import { ACCOUNT, AUDIENCES, hashes, LISTS, startApi, textOf } from './api.ts'
import type { Api, ApiAnswer } from './api.ts'

const accountIds = [...Object.values(AD_ACCOUNTS), '1', 'abc', '1234567890123456789']
const quick = Object.keys(SENTINELS).filter((word) => word !== '[sentinel:slow]')
const names = ['VIP', '', 'Kundinnen & Kunden', ...quick]
const queries = ['', '?page_size=1', '?page_size=250&order=DESCENDING', '?page_size=0', '?order=x', '?a=1']
const paths = ['', '/customer_lists', '/audiences', '/customer_lists/LIST', '/audiences/AUDIENCE']
const listBody = fc.record({
  name: fc.constantFrom(...names),
  records: fc.constantFrom(hashes(0, 120).join(), hashes(0, 120).join(), 'a@b.example,', 'x'),
})
const changeBody = fc.record({
  operation_type: fc.constantFrom('ADD', 'REMOVE', 'X'),
  records: fc.constant(hashes(0, 30).join()),
})
const audienceBody = fc.record({
  name: fc.constant('VIP'),
  audience_type: fc.constantFrom('CUSTOMER_LIST', 'CUSTOMER_LIST', 'PERSONA'),
  rule: fc.record({ customer_list_id: fc.constantFrom('LIST', 'LIST', '1', 'abc') }),
})
const audienceChange = fc.record({
  operation_type: fc.constantFrom('UPDATE', 'UPDATE', 'REMOVE'),
  description: fc.option(fc.string()),
})
const send = (method: string, path: string, body: fc.Arbitrary<unknown>) =>
  fc.record({ method: fc.constant(method), path: fc.constant(path), body })
/** Mostly calls that make sense, so that histories get somewhere. */
const call = fc.oneof(
  send('POST', '/customer_lists', listBody),
  send('PATCH', '/customer_lists/LIST', changeBody),
  send('POST', '/audiences', audienceBody),
  send('PATCH', '/audiences/AUDIENCE', audienceChange),
  ...paths.map((path) => send('GET', path, fc.constantFrom(...queries))),
  fc.record({
    method: fc.constantFrom('POST', 'PATCH', 'DELETE'),
    path: fc.constantFrom(...paths),
    body: fc.oneof(listBody, changeBody, audienceBody, audienceChange, fc.jsonValue()),
  }),
)
const step = fc.record({
  call,
  account: fc.oneof(
    { weight: 9, arbitrary: fc.constant<string>(AD_ACCOUNTS.owned) },
    fc.constantFrom(...accountIds),
  ),
  fault: fc.oneof(
    { weight: 7, arbitrary: fc.constant(null) },
    fc.constantFrom(...FAULT_KINDS.filter((kind) => !/hang|lost|garbage/.test(kind))),
  ),
  ageMs: fc.constantFrom(0, 0, 700, 20_000),
})

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** Puts ids that exist in the place of words. */
function withIds(api: Api, text: string): string {
  const list = api.simulator.control.lists().at(-1)?.id ?? '1'
  const calls = api.simulator.control.calls().filter((one) => one.operation === 'audiences/create')
  const audience = calls.findLast((one) => one.effect)?.subjectId ?? '1'
  return text.replace('LIST', list).replace('AUDIENCE', audience)
}

/** A list and an audience for the first steps. */
async function begin(api: Api): Promise<void> {
  const rule = { customer_list_id: await api.list('VIP', 120) }
  await api.post(AUDIENCES, { name: 'VIP', audience_type: 'CUSTOMER_LIST', rule })
}

async function take(api: Api, one: Step): Promise<void> {
  const { method, path, body } = one.call
  api.simulator.control.advanceTime(one.ageMs)
  api.token = api.simulator.control.accessToken()
  if (one.fault !== null) api.simulator.faults.add({ operation: '*', kind: one.fault, delayMs: 1 })
  const whole = withIds(api, `/ad_accounts/${one.account}${path}${method === 'GET' ? String(body) : ''}`)
  try {
    await api.call(method, whole, method === 'GET' ? {} : { body: withIds(api, JSON.stringify(body)) })
  } catch {
    // a sentinel closed the connection: nothing to check
  }
}

describeWithSpec('every answer fits the published descriptions', (spec) => {
  const problemsOf = (answer: ApiAnswer): string[] => {
    const { method, path, status, body } = answer
    const isText = body === undefined
    const isUndescribed = status === 405 || spec.versionsOf({ method, path }).length === 0
    const problems = isText || isUndescribed ? [] : spec.validateResponse({ method, path, status, body })
    if (!/^\d+$/.test(String(answer.headers['x-pinterest-rid']))) problems.push('no request id')
    if (status >= 400 && typeof body['message'] !== 'string') problems.push(`no message with ${status}`)
    return problems
  }

  test('in a usual life', async () => {
    await using api = await startApi({ latencyMs: 1000 })
    const problems: string[] = []
    api.onAnswer = (answer) => problems.push(...problemsOf(answer))
    await api.refresh(DEMO_APP.refreshToken)
    await api.refresh('pinr.unknown')
    await api.exchange({
      grant_type: 'authorization_code',
      code: DEMO_APP.authorizationCode,
      redirect_uri: 'x',
    })
    await api.get('/ad_accounts?page_size=2')
    await api.get(ACCOUNT)
    const list = await api.list('VIP', 120)
    await api.get(`${LISTS}?page_size=1`)
    await api.patch(`${LISTS}/${list}`, { operation_type: 'REMOVE', records: hashes(0, 1).join() })
    const rule = { customer_list_id: list }
    const audience = await api.post(AUDIENCES, { name: 'VIP', audience_type: 'CUSTOMER_LIST', rule })
    const one = `${AUDIENCES}/${textOf(audience.body['id'])}`
    for (const path of [LISTS, `${LISTS}/${list}`, AUDIENCES, one]) {
      api.simulator.control.advanceTime(600)
      expect((await api.get(path)).status).toBe(200)
    }
    await api.patch(one, { operation_type: 'REMOVE' })
    expect(problems).toEqual([])
  })

  test('in any life', async () => {
    const done: string[] = []
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 25 }), async (steps) => {
        await using api = await startApi({
          latencyMs: 1000,
          limits: { readsPerMinute: 15, writesPerMinute: 10 },
        })
        const problems: string[] = []
        api.onAnswer = (answer) => problems.push(...problemsOf(answer))
        await begin(api)
        for (const one of steps) await take(api, one)
        expect(problems).toEqual([])
        done.push(...api.simulator.control.calls().map((one) => `${one.operation} ${one.outcome}`))
      }),
      { numRuns: 40 },
    )
    const created = ['customer_lists/create 200', 'customer_lists/update 200', 'audiences/create 200']
    expect(done).toEqual(expect.arrayContaining([...created, 'audiences/get 200', 'customer_lists/list 400']))
  })
})
