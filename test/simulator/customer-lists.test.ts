import { expect, test } from 'vitest'
import { AD_ACCOUNTS } from '../../simulator/main.ts'
import { hashes, itemsOf, LISTS, sha256, startApi, textOf } from './api.ts'

const ONE = hashes(0, 1).join()

test('creates a list, shows its counters and never its members', async () => {
  await using api = await startApi()
  const made = await api.post(LISTS, { name: 'VIP', records: hashes(0, 120).join(',') })
  expect(made.status).toBe(200)
  expect(made.body).toMatchObject({
    name: 'VIP',
    ad_account_id: AD_ACCOUNTS.owned,
    type: 'customerlist',
    status: 'READY',
    num_batches: 1,
    num_uploaded_user_records: 120,
    num_removed_user_records: 0,
  })
  const id = textOf(made.body['id'])
  expect((await api.get(`${LISTS}/${id}`)).body).toEqual(made.body)
  expect(api.simulator.control.members(id)).toEqual(hashes(0, 120).toSorted())
})

test('counters grow by what is sent, membership is a set', async () => {
  await using api = await startApi()
  const id = await api.list('VIP', 3)
  const send = (operation: string, from: number, count: number) =>
    api.patch(`${LISTS}/${id}`, { operation_type: operation, records: hashes(from, count).join(',') })
  await send('ADD', 2, 3)
  await send('ADD', 2, 3)
  await send('REMOVE', 0, 2)
  const last = await send('REMOVE', 100, 4)
  expect(last.body).toMatchObject({
    num_batches: 5,
    num_uploaded_user_records: 9,
    num_removed_user_records: 6,
  })
  expect(api.simulator.control.members(id)).toEqual(hashes(2, 3).toSorted())
})

test('a plain e-mail and its hash are the same person, other hashes are kept as they are', async () => {
  await using api = await startApi()
  const [sha1, md5] = ['a'.repeat(40), 'b'.repeat(32)]
  const made = await api.post(LISTS, {
    name: 'x',
    records: `a@b.example,${sha1},${sha256('a@b.example')},${md5},`,
  })
  expect(made.body['num_uploaded_user_records']).toBe(4)
  const id = textOf(made.body['id'])
  expect(api.simulator.control.members(id)).toEqual([sha1, md5, sha256('a@b.example')].toSorted())
  await api.patch(`${LISTS}/${id}`, { operation_type: 'REMOVE', records: `a@b.example,${md5}` })
  expect(api.simulator.control.members(id)).toEqual([sha1])
})

test('two lists can have one name, and the newer has the higher id', async () => {
  await using api = await startApi()
  const [older, newer] = [await api.list('VIP', 1), await api.list('VIP', 1)]
  expect(BigInt(newer)).toBeGreaterThan(BigInt(older))
  expect(api.simulator.control.stats().creates).toEqual({ VIP: 2 })
})

test.each([
  ['ASCENDING', 1],
  ['DESCENDING', 25],
  ['ASCENDING', 250],
])('pages through all lists in %s order, %i at a time', async (order, size) => {
  await using api = await startApi({ limits: 'off' })
  const ids: string[] = []
  for (let number = 0; number < 30; number += 1) ids.push(await api.list(`list ${number}`, 1))
  const seen: string[] = []
  let bookmark: unknown
  do {
    const mark = typeof bookmark === 'string' ? `&bookmark=${encodeURIComponent(bookmark)}` : ''
    const page = await api.get(`${LISTS}?order=${order}&page_size=${size}${mark}`)
    expect(itemsOf(page).length).toBeLessThanOrEqual(size)
    seen.push(...itemsOf(page).map((item) => textOf(item['id'])))
    bookmark = page.body['bookmark']
  } while (bookmark !== null)
  expect(seen).toEqual(order === 'ASCENDING' ? ids : ids.toReversed())
})

test('a page starts where the last one ended, whatever was created meanwhile', async () => {
  await using api = await startApi()
  const [first, second] = [await api.list('a', 1), await api.list('b', 1)]
  const page = await api.get(`${LISTS}?order=DESCENDING&page_size=1`)
  await api.list('c', 1)
  const mark = encodeURIComponent(String(page.body['bookmark']))
  const next = await api.get(`${LISTS}?order=DESCENDING&page_size=1&bookmark=${mark}`)
  expect([...itemsOf(page), ...itemsOf(next)].map((item) => item['id'])).toEqual([second, first])
})

test.each(['page_size=0', 'page_size=251', 'page_size=x', 'order=desc', 'bookmark=x', 'name=VIP'])(
  'refuses the query %s',
  async (query) => {
    await using api = await startApi()
    const answer = await api.get(`${LISTS}?${query}`)
    expect([answer.status, answer.body['code']]).toEqual([400, 1])
  },
)

test.each([
  ['no name', { records: ONE }],
  ['an empty name', { name: '', records: ONE }],
  ['a name that is no text', { name: 7, records: ONE }],
  ['no records', { name: 'x' }],
  ['empty records', { name: 'x', records: '' }],
  ['records as an array', { name: 'x', records: [ONE] }],
  ['an unknown member', { name: 'x', records: ONE, colour: 'red' }],
  ['an unknown list type', { name: 'x', records: ONE, list_type: 'PHONE' }],
  ['an upper-case hash', { name: 'x', records: ONE.toUpperCase() }],
  ['a hash cut short', { name: 'x', records: ONE.slice(1) }],
  ['a hash with a wrong digit', { name: 'x', records: `g${ONE.slice(1)}` }],
  ['an upper-case e-mail', { name: 'x', records: 'A@b.example' }],
  ['spaces', { name: 'x', records: `${ONE}, ${ONE}` }],
  ['newlines', { name: 'x', records: `${ONE}\n${ONE}` }],
  ['an empty record', { name: 'x', records: `${ONE},,${ONE}` }],
  ['only a comma', { name: 'x', records: ',' }],
  ['two commas at the end', { name: 'x', records: `${ONE},,` }],
  ['no JSON', '{"name":'],
  ['an array', [1]],
])('refuses a body with %s and creates nothing', async (_what, body) => {
  await using api = await startApi()
  const answer = await api.post(LISTS, body)
  expect([answer.status, answer.body['code']]).toEqual([400, 1])
  expect(answer.body['message']).not.toContain(ONE)
  expect(api.simulator.control.lists()).toEqual([])
})

test('refuses an update without effect when a record, the operation or the list is wrong', async () => {
  await using api = await startApi()
  const id = await api.list('VIP', 2)
  const update = (body: unknown, list = id) => api.patch(`${LISTS}/${list}`, body)
  const answers = [
    await update({ operation_type: 'ADD', records: `${sha256('new')},bad` }),
    await update({ operation_type: 'SET', records: ONE }),
    await update({ records: ONE }),
    await update({ operation_type: 'ADD', records: ONE, name: 'other' }),
    await update({ operation_type: 'ADD', records: ONE }, '99'),
    await update({ operation_type: 'ADD', records: ONE }, 'abc'),
  ]
  expect(answers.map((answer) => answer.status)).toEqual([400, 400, 400, 400, 404, 400])
  expect(api.simulator.control.lists()).toMatchObject([{ members: 2, batches: 1 }])
})

test('a list is not seen from another ad account', async () => {
  await using api = await startApi()
  const id = await api.list('VIP', 2)
  expect((await api.get(`/ad_accounts/${AD_ACCOUNTS.admin}/customer_lists/${id}`)).status).toBe(404)
})

test('by default takes what the real service takes: members it does not know, and any text as a record', async () => {
  await using api = await startApi({ strict: false })
  const uuids = ['7a7b5ac5-1f0a-4d69-a1b8-2d0d4b3b3b11', 'c56a4180-65aa-42ec-a945-5fd21dec0538']
  // As Pinterest's own client library and its tests send it.
  const made = await api.post(LISTS, {
    ad_account_id: AD_ACCOUNTS.owned,
    name: 'x',
    list_type: 'EMAIL',
    records: ONE,
  })
  expect(made.body).toMatchObject({ num_batches: 1, num_uploaded_user_records: 1 })
  const list = `${LISTS}/${textOf(made.body['id'])}`
  const send = (operation: string, records: string) =>
    api.patch(list, { operation_type: operation, records, ad_account_id: AD_ACCOUNTS.owned })
  expect((await send('ADD', uuids.join(','))).body).toMatchObject({
    num_batches: 2,
    num_uploaded_user_records: 3,
  })
  expect((await send('REMOVE', `${uuids[0]}, ${ONE.toUpperCase()}`)).body).toMatchObject({
    num_batches: 3,
    num_uploaded_user_records: 3,
    num_removed_user_records: 2,
  })
  // They match nobody, so they are no members.
  expect(api.simulator.control.members(textOf(made.body['id']))).toEqual([ONE])
  expect((await api.post(LISTS, { records: ONE, colour: 'red' })).status).toBe(400)
})

test('is processed for a while, then ready or too small by its matched users', async () => {
  await using api = await startApi({ latencyMs: 60_000, matchRate: 0.5 })
  const [small, large] = [await api.list('small', 199), await api.list('large', 200)]
  const statuses = async () => [
    (await api.get(`${LISTS}/${small}`)).body['status'],
    (await api.get(`${LISTS}/${large}`)).body['status'],
  ]
  expect(await statuses()).toEqual(['UPLOADING', 'UPLOADING'])
  api.simulator.control.advanceTime(40_000)
  expect(await statuses()).toEqual(['PROCESSING', 'PROCESSING'])
  api.simulator.control.advanceTime(40_000)
  expect(await statuses()).toEqual(['TOO_SMALL', 'READY'])
  await api.patch(`${LISTS}/${large}`, { operation_type: 'REMOVE', records: ONE })
  expect(await statuses()).toEqual(['TOO_SMALL', 'PROCESSING'])
  api.simulator.control.advanceTime(60_000)
  expect(await statuses()).toEqual(['TOO_SMALL', 'TOO_SMALL'])
})

test('refuses too large a body and too many records, each in its own way', async () => {
  await using api = await startApi({ bodyBytesMax: 3000, recordsPerCallMax: 10 })
  const create = (count: number) => api.post(LISTS, { name: 'x', records: hashes(0, count).join(',') })
  expect((await create(10)).status).toBe(200)
  expect((await create(11)).body).toMatchObject({
    code: 1,
    message: expect.stringContaining('Too many records'),
  })
  expect((await create(60)).status).toBe(413)
  expect(api.simulator.control.lists()).toHaveLength(1)
})

test('can answer 201 on creation', async () => {
  await using api = await startApi({ createStatus: 201 })
  expect((await api.post(LISTS, { name: 'x', records: ONE })).status).toBe(201)
})
