import { expect, test } from 'vitest'
import { AD_ACCOUNTS } from '../../simulator/main.ts'
import { ACCOUNT, AUDIENCES, hashes, itemsOf, LISTS, startApi, textOf } from './api.ts'
import type { Api, ApiAnswer } from './api.ts'

function create(
  api: Api,
  customerListId: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<ApiAnswer> {
  const body = {
    name: 'VIP',
    audience_type: 'CUSTOMER_LIST',
    rule: { customer_list_id: customerListId },
    ...more,
  }
  return api.post(AUDIENCES, body)
}

test('makes an audience from a list and shows its size once it is ready', async () => {
  await using api = await startApi({ latencyMs: 60_000 })
  const list = await api.list('VIP', 150)
  const made = await create(api, list, { description: 'best customers', ad_account_id: AD_ACCOUNTS.owned })
  expect(made.body).toMatchObject({
    name: 'VIP',
    description: 'best customers',
    audience_type: 'CUSTOMER_LIST',
    rule: { customer_list_id: list },
    status: 'INITIALIZING',
    size: null,
    type: 'audience',
  })
  api.simulator.control.advanceTime(60_000)
  const later = await api.get(`${AUDIENCES}/${textOf(made.body['id'])}`)
  expect(later.body).toMatchObject({ status: 'READY', size: 150 })
})

test('refuses an audience from fewer than 100 people, or makes it too small', async () => {
  await using strict = await startApi()
  const refused = await create(strict, await strict.list('VIP', 99))
  expect([refused.status, refused.body['code']]).toEqual([400, 400])
  expect((await create(strict, await strict.list('VIP', 100))).status).toBe(200)
  await using lenient = await startApi({ tooSmallAudience: 'accept' })
  const made = await create(lenient, await lenient.list('VIP', 99))
  expect(made.body).toMatchObject({ status: 'TOO_SMALL', size: null })
})

test('an audience gets too small when its list shrinks', async () => {
  await using api = await startApi()
  const list = await api.list('VIP', 100)
  const made = await create(api, list)
  await api.patch(`${LISTS}/${list}`, { operation_type: 'REMOVE', records: hashes(0, 1).join() })
  const later = await api.get(`${AUDIENCES}/${textOf(made.body['id'])}`)
  expect(later.body['status']).toBe('TOO_SMALL')
})

test('refuses what it cannot make', async () => {
  await using api = await startApi()
  const list = await api.list('VIP', 100)
  const rule = { customer_list_id: list }
  const answers = [
    await create(api, '99'),
    await create(api, 'abc'),
    await create(api, list, { audience_type: 'VISITOR' }),
    await create(api, list, { audience_type: 'customer_list' }),
    await create(api, list, { name: '' }),
    await create(api, list, { rule: { ...rule, colour: 'red' } }),
    await create(api, list, { colour: 'red' }),
    await create(api, list, { ad_account_id: AD_ACCOUNTS.admin }),
    await api.post(AUDIENCES, { name: 'x', rule }),
  ]
  expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => 400))
  expect(itemsOf(await api.get(AUDIENCES))).toEqual([])
})

test('by default does not look at members it does not know', async () => {
  await using api = await startApi({ strict: false })
  const list = await api.list('VIP', 100)
  const made = await create(api, list, { colour: 'red', rule: { customer_list_id: list, colour: 'red' } })
  expect(made.status).toBe(200)
  expect(
    (await api.patch(`${AUDIENCES}/${textOf(made.body['id'])}`, { name: 'New', colour: 'red' })).body,
  ).toEqual(expect.objectContaining({ name: 'New', rule: { customer_list_id: list } }))
})

test('changes and removes an audience', async () => {
  await using api = await startApi()
  const list = await api.list('VIP', 100)
  const one = `${AUDIENCES}/${textOf((await create(api, list)).body['id'])}`
  expect((await api.patch(one, { name: 'New', description: 'd' })).body).toMatchObject({ name: 'New' })
  expect((await api.patch(one, { rule: { customer_list_id: '1' } })).status).toBe(400)
  expect((await api.patch(one, { operation_type: 'DELETE' })).status).toBe(400)
  expect((await api.patch(one, { operation_type: 'REMOVE' })).status).toBe(200)
  expect([(await api.get(one)).status, (await api.patch(one, {})).status]).toEqual([404, 404])
})

test('lists owned audiences newest first, and none that were received', async () => {
  await using api = await startApi()
  const list = await api.list('VIP', 100)
  const ids = []
  for (const name of ['a', 'b', 'c']) ids.push((await create(api, list, { name })).body['id'])
  const page = await api.get(`${AUDIENCES}?ownership_type=OWNED&order=DESCENDING&page_size=2`)
  expect(itemsOf(page).map((item) => item['id'])).toEqual([ids[2], ids[1]])
  const mark = encodeURIComponent(String(page.body['bookmark']))
  const rest = await api.get(
    `${AUDIENCES}?ownership_type=OWNED&order=DESCENDING&page_size=2&bookmark=${mark}`,
  )
  expect([itemsOf(rest).length, rest.body['bookmark']]).toEqual([1, null])
  expect(itemsOf(await api.get(`${AUDIENCES}?ownership_type=RECEIVED`))).toEqual([])
  expect((await api.get(`${AUDIENCES}?ownership_type=all`)).status).toBe(400)
  expect((await api.get(`${ACCOUNT}/audiences/12x`)).status).toBe(400)
})
