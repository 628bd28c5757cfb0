import { expect, test } from 'vitest'
import { AD_ACCOUNTS } from '../../simulator/main.ts'
import { hashes, itemsOf, startApi } from './api.ts'

test('lists the seeded ad accounts with roles, hidden ones apart', async () => {
  await using api = await startApi()
  const items = itemsOf(await api.get('/ad_accounts'))
  expect(items.map((item) => item['id'])).toEqual([
    AD_ACCOUNTS.owned,
    AD_ACCOUNTS.audienceManager,
    AD_ACCOUNTS.analyst,
    AD_ACCOUNTS.admin,
  ])
  expect(items[0]).toMatchObject({ permissions: ['OWNER'], currency: 'USD' })
  const own = await api.get('/ad_accounts?include_shared_accounts=false')
  expect(itemsOf(own).map((item) => item['id'])).toEqual([AD_ACCOUNTS.owned])
})

test('pages through ad accounts', async () => {
  await using api = await startApi()
  const first = await api.get('/ad_accounts?page_size=3')
  const bookmark = encodeURIComponent(String(first.body['bookmark']))
  const second = await api.get(`/ad_accounts?page_size=3&bookmark=${bookmark}`)
  expect([itemsOf(first).length, itemsOf(second).length, second.body['bookmark']]).toEqual([3, 1, null])
})

test('tells one ad account, 404 with code 2 for none, 400 for what is no id', async () => {
  await using api = await startApi()
  const found = await api.get(`/ad_accounts/${AD_ACCOUNTS.audienceManager}`)
  expect(found.body).toMatchObject({ permissions: ['AUDIENCE_MANAGER', 'CAMPAIGN_MANAGER'] })
  const absent = await api.get('/ad_accounts/549755889999')
  expect([absent.status, absent.body['code']]).toEqual([404, 2])
  for (const id of ['letters', '1234567890123456789', '12a', '-1']) {
    const answer = await api.get(`/ad_accounts/${id}/customer_lists`)
    expect([answer.status, answer.body['code']]).toEqual([400, 1])
  }
})

test('an analyst sees the account and its audiences, and nothing of customer lists', async () => {
  await using api = await startApi()
  const account = `/ad_accounts/${AD_ACCOUNTS.analyst}`
  expect((await api.get(account)).status).toBe(200)
  expect((await api.get(`${account}/audiences`)).status).toBe(200)
  const refused = [
    await api.get(`${account}/customer_lists`),
    await api.post(`${account}/customer_lists`, { name: 'x', records: hashes(0, 1).join() }),
    await api.patch(`${account}/customer_lists/1`, { operation_type: 'ADD', records: hashes(0, 1).join() }),
    await api.post(`${account}/audiences`, {}),
    await api.patch(`${account}/audiences/1`, {}),
  ]
  expect(refused.map((answer) => [answer.status, answer.body['code']])).toEqual(refused.map(() => [403, 29]))
  expect(api.simulator.control.lists()).toEqual([])
})

test('roles can be taken and given', async () => {
  await using api = await startApi()
  const lists = `/ad_accounts/${AD_ACCOUNTS.owned}/customer_lists`
  api.simulator.control.setPermissions(AD_ACCOUNTS.owned, ['CAMPAIGN_MANAGER'])
  expect((await api.get(lists)).status).toBe(403)
  api.simulator.control.setPermissions(AD_ACCOUNTS.owned, ['AUDIENCE_MANAGER'])
  expect((await api.get(lists)).status).toBe(200)
})

test('special ad accounts fail as their names say', async () => {
  await using api = await startApi()
  const lists = (id: string) => api.get(`/ad_accounts/${id}/customer_lists`)
  expect((await lists(AD_ACCOUNTS.forbidden)).status).toBe(403)
  expect((await lists(AD_ACCOUNTS.unavailable)).status).toBe(503)
  const limited = await lists(AD_ACCOUNTS.rateLimited)
  expect([limited.status, limited.headers['x-ratelimit-reset']]).toEqual([429, '600'])
})

test('other methods are refused, other paths are not there', async () => {
  await using api = await startApi()
  const refused = await api.call('DELETE', `/ad_accounts/${AD_ACCOUNTS.owned}/customer_lists/1`)
  expect([refused.status, refused.body['code'], refused.body['status']]).toEqual([405, 5, 'failure'])
  expect((await api.get('/pins')).status).toBe(404)
})
