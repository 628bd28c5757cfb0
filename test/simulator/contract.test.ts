import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { AD_ACCOUNTS, DEMO_APP, FAULT_KINDS, SENTINELS } from '../../simulator/main.ts'
import { describeWithSpec } from '../support/openapi.ts'
import { ACCOUNT, AUDIENCES, hashes, LISTS, startApi, textOf } from './api.ts'
import type { Api, ApiAnswer } from './api.ts'

const accountIds = [...Object.values(AD_ACCOUNTS), '1', 'abc', '1234567890123456789']
const ids = ['1', 'abc', 'first', 'last']
const names = ['VIP', '', 'Kundinnen & Kunden', ...Object.keys(SENTINELS)]
const queries = [
  '',
  '?page_size=1',
  '?page_size=250&order=DESCENDING',
  '?page_size=0',
  '?order=x',
  '?bookmark=x',
  '?a=1',
]
const json = fc.oneof(
  fc.record({
    name: fc.constantFrom(...names),
    records: fc.constantFrom(hashes(0, 120).join(), 'a@b.example,', 'x'),
  }),
  fc.record({
    operation_type: fc.constantFrom('ADD', 'REMOVE', 'X'),
    records: fc.constant(hashes(0, 5).join()),
  }),
  fc.record({
    name: fc.constant('VIP'),
    audience_type: fc.constantFrom('CUSTOMER_LIST', 'PERSONA'),
    rule: fc.record({ customer_list_id: fc.constantFrom(...ids) }),
  }),
  fc.record({ operation_type: fc.constantFrom('UPDATE', 'REMOVE'), description: fc.option(fc.string()) }),
  fc.jsonValue(),
)
const step = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PATCH'),
  account: fc.oneof(
    { weight: 6, arbitrary: fc.constant<string>(AD_ACCOUNTS.owned) },
    fc.constantFrom(...accountIds),
  ),
  kind: fc.constantFrom('', '/customer_lists', '/audiences', '/customer_lists/ID', '/audiences/ID'),
  id: fc.constantFrom(...ids),
  query: fc.constantFrom(...queries),
  body: json,
  fault: fc.option(fc.constantFrom(...FAULT_KINDS.filter((kind) => !/hang|lost|garbage/.test(kind))), {
    freq: 8,
  }),
  ageMs: fc.constantFrom(0, 0, 700, 20_000),
})

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** Ids that were seen, so that steps can hit what exists. */
class Seen {
  readonly #ids: string[] = []

  note(answer: ApiAnswer): void {
    const found: unknown = Object(answer.body).id
    if (typeof found === 'string') this.#ids.push(found)
  }

  real(id: string): string {
    if (id === 'first') return this.#ids[0] ?? '1'
    return id === 'last' ? (this.#ids.at(-1) ?? '1') : id
  }
}

async function take(api: Api, one: Step, seen: Seen): Promise<void> {
  api.simulator.control.advanceTime(one.ageMs)
  api.token = api.simulator.control.accessToken()
  if (one.fault !== null) api.simulator.faults.add({ operation: '*', kind: one.fault, delayMs: 1 })
  const path = `/ad_accounts/${one.account}${one.kind.replace('ID', seen.real(one.id))}`
  const text = JSON.stringify(one.body).replaceAll('"first"', `"${seen.real('first')}"`)
  try {
    const body = one.method === 'GET' ? {} : { body: text }
    seen.note(await api.call(one.method, one.method === 'GET' ? path + one.query : path, body))
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
    const statuses: string[] = []
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        await using api = await startApi({
          latencyMs: 1000,
          limits: { readsPerMinute: 15, writesPerMinute: 10 },
        })
        const problems: string[] = []
        api.onAnswer = (answer) => problems.push(...problemsOf(answer))
        const seen = new Seen()
        for (const one of steps) await take(api, one, seen)
        expect(problems).toEqual([])
        statuses.push(...api.simulator.control.calls().map((call) => call.outcome))
      }),
      { numRuns: 60 },
    )
    expect(statuses).toEqual(expect.arrayContaining(['200', '400', '404']))
  })
})
