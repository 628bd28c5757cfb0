import { expect, test } from 'vitest'
import { AD_ACCOUNTS, DEMO_APP } from '../../simulator/main.ts'
import { ACCOUNT, hashes, LISTS, sha256, startApi } from './api.ts'

test('tells the lists of a name and their true members', async () => {
  await using api = await startApi()
  const id = await api.list('VIP', 5)
  await api.list('other', 1)
  const found = await api.control('GET', `/ad_accounts/${AD_ACCOUNTS.owned}/customer_lists?name=VIP`)
  expect(JSON.parse(found.text)).toMatchObject({
    items: [{ id, members: 5, batches: 1, uploaded: 5, removed: 0 }],
  })
  expect(JSON.parse((await api.control('GET', '/lists')).text)).toMatchObject({ items: [{}, {}] })
  const members = await api.control('GET', `/customer_lists/${id}/members`)
  expect(members.text).toBe(`${hashes(0, 5).toSorted().join('\n')}\n`)
  expect((await api.control('GET', '/customer_lists/99/members')).status).toBe(404)
})

test('streams many members in order', async () => {
  await using api = await startApi()
  const id = await api.list('VIP', 20_000)
  const lines = (await api.control('GET', `/customer_lists/${id}/members`)).text.trimEnd().split('\n')
  expect(lines).toEqual(hashes(0, 20_000).toSorted())
})

test('counts calls by operation and outcome', async () => {
  await using api = await startApi()
  await api.list('VIP', 2)
  await api.get(`${LISTS}/1`)
  expect(JSON.parse((await api.control('GET', '/stats')).text)).toEqual({
    calls: { 'customer_lists/create': { 200: 1 }, 'customer_lists/get': { 404: 1 } },
    provoked429: 0,
    injected: 0,
    creates: { VIP: 1 },
  })
  const calls = JSON.parse((await api.control('GET', '/calls')).text) as { items: unknown[] }
  expect(calls.items).toMatchObject([
    { operation: 'customer_lists/create', change: 'CREATE', records: 2, effect: true, outcome: '200' },
    { operation: 'customer_lists/get', subjectId: '1', effect: false },
  ])
})

test('plans faults, and refuses a plan that is wrong', async () => {
  await using api = await startApi()
  const planned = await api.control('POST', '/faults', { rules: [{ operation: '*', kind: '503' }] })
  expect(JSON.parse(planned.text)).toEqual({ pending: [{ operation: '*', kind: '503' }] })
  expect((await api.get(ACCOUNT)).status).toBe(503)
  expect((await api.control('POST', '/faults', { rules: [{ operation: '*', kind: 'fire' }] })).status).toBe(
    400,
  )
  expect((await api.control('POST', '/faults', { rule: [] })).status).toBe(400)
})

test('acts as somebody else, and lets a list vanish', async () => {
  await using api = await startApi()
  const id = await api.list('VIP', 2)
  const [gone = ''] = hashes(0, 1)
  const change = { add: ['stranger@example.com'], remove: [gone] }
  expect((await api.control('POST', `/customer_lists/${id}/foreign`, change)).status).toBe(204)
  expect(api.simulator.control.members(id)).toEqual(
    [...hashes(1, 1), sha256('stranger@example.com')].toSorted(),
  )
  expect((await api.get(`${LISTS}/${id}`)).body).toMatchObject({
    num_batches: 3,
    num_removed_user_records: 1,
  })
  expect((await api.control('DELETE', `/customer_lists/${id}`)).status).toBe(204)
  expect((await api.control('DELETE', `/customer_lists/${id}`)).status).toBe(404)
  expect((await api.get(`${LISTS}/${id}`)).status).toBe(404)
})

test('ends tokens, changes roles, moves time and resets', async () => {
  await using api = await startApi()
  await api.list('VIP', 2)
  await api.control('POST', `/ad_accounts/${AD_ACCOUNTS.owned}/permissions`, { permissions: ['ANALYST'] })
  expect((await api.get(LISTS)).status).toBe(403)
  expect((await api.control('DELETE', `/ad_accounts/${AD_ACCOUNTS.admin}`)).status).toBe(204)
  expect((await api.get(`/ad_accounts/${AD_ACCOUNTS.admin}`)).status).toBe(404)
  expect((await api.control('DELETE', `/ad_accounts/${AD_ACCOUNTS.admin}`)).status).toBe(404)
  await api.control('POST', '/tokens/expire')
  expect((await api.get(LISTS)).status).toBe(401)
  await api.control('POST', '/tokens/revoke')
  expect((await api.refresh(DEMO_APP.refreshToken)).status).toBe(401)
  await api.control('POST', '/reset')
  api.token = api.simulator.control.accessToken()
  expect((await api.get(LISTS)).body).toEqual({ items: [], bookmark: null })
  await api.control('POST', '/time', { advanceMs: 31 * 24 * 60 * 60 * 1000 })
  expect((await api.get(LISTS)).status).toBe(401)
})
