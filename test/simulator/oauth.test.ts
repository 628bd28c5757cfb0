import { expect, test } from 'vitest'
import { DEMO_APP, SENTINEL_TOKENS } from '../../simulator/main.ts'
import { ACCOUNT, LISTS, startApi, textOf } from './api.ts'

const DAY_MS = 24 * 60 * 60 * 1000

test('a refresh token gives a new pair with all documented members', async () => {
  await using api = await startApi()
  const answer = await api.refresh(DEMO_APP.refreshToken)
  expect(answer.status).toBe(200)
  expect(answer.body).toMatchObject({
    response_type: 'refresh_token',
    token_type: 'bearer',
    expires_in: 2_592_000,
    refresh_token_expires_in: 5_184_000,
    scope: expect.stringContaining('ads:write'),
    access_token: expect.stringMatching(/^pina_/),
    refresh_token: expect.stringMatching(/^pinr\./),
  })
  expect(answer.body['refresh_token']).not.toBe(DEMO_APP.refreshToken)
  api.token = textOf(answer.body['access_token'])
  expect((await api.get(ACCOUNT)).status).toBe(200)
})

test('the demo code is exchanged, another one is not', async () => {
  await using api = await startApi()
  const form = { grant_type: 'authorization_code', redirect_uri: 'http://127.0.0.1/callback' }
  const answer = await api.exchange({ ...form, code: DEMO_APP.authorizationCode, continuous_refresh: 'true' })
  expect(answer.body).toMatchObject({
    response_type: 'authorization_code',
    refresh_token: expect.any(String),
  })
  expect((await api.exchange({ ...form, code: 'other' })).status).toBe(401)
})

test('a wrong app, a wrong token and a wrong form are refused', async () => {
  await using api = await startApi()
  const form = { grant_type: 'refresh_token', refresh_token: DEMO_APP.refreshToken }
  const wrongApp = await api.exchange(form, { authorization: `Basic ${btoa('1480001:wrong')}` })
  expect([wrongApp.status, wrongApp.body['code']]).toEqual([401, 2])
  expect((await api.refresh('pinr.unknown')).status).toBe(401)
  expect((await api.exchange({ ...form, hello: '1' })).body['code']).toBe(1)
  expect((await api.exchange({ grant_type: 'password' })).status).toBe(400)
  expect((await api.exchange({ grant_type: 'refresh_token' })).status).toBe(400)
  expect((await api.exchange(form, { 'content-type': 'application/json' })).status).toBe(400)
})

test('access tokens die after 30 days, refresh tokens after 60', async () => {
  await using api = await startApi()
  api.simulator.control.advanceTime(29 * DAY_MS)
  expect((await api.get(ACCOUNT)).status).toBe(200)
  api.simulator.control.advanceTime(2 * DAY_MS)
  expect((await api.get(ACCOUNT)).body).toMatchObject({ code: 2 })
  const answer = await api.refresh(DEMO_APP.refreshToken)
  expect(answer.status).toBe(200)
  api.simulator.control.advanceTime(60 * DAY_MS)
  expect((await api.refresh(textOf(answer.body['refresh_token']))).status).toBe(401)
})

test('by default the previous refresh token lives until the new pair is used', async () => {
  await using api = await startApi()
  const first = await api.refresh(DEMO_APP.refreshToken)
  const again = await api.refresh(DEMO_APP.refreshToken)
  expect(again.status).toBe(200)
  expect((await api.refresh(textOf(again.body['refresh_token']))).status).toBe(200)
  expect((await api.refresh(DEMO_APP.refreshToken)).status).toBe(401)
  expect((await api.refresh(textOf(first.body['refresh_token']))).status).toBe(200)
})

test('using the new access token ends the previous refresh token too', async () => {
  await using api = await startApi()
  const next = await api.refresh(DEMO_APP.refreshToken)
  api.token = textOf(next.body['access_token'])
  await api.get(ACCOUNT)
  expect((await api.refresh(DEMO_APP.refreshToken)).status).toBe(401)
})

test('the previous refresh token can be made to die at once or never', async () => {
  await using strict = await startApi({ previousRefreshToken: 'dies-at-once' })
  await strict.refresh(DEMO_APP.refreshToken)
  expect((await strict.refresh(DEMO_APP.refreshToken)).status).toBe(401)
  await using lenient = await startApi({ previousRefreshToken: 'stays-valid' })
  const next = await lenient.refresh(DEMO_APP.refreshToken)
  await lenient.refresh(textOf(next.body['refresh_token']))
  expect((await lenient.refresh(DEMO_APP.refreshToken)).status).toBe(200)
})

test('tokens can be ended from outside', async () => {
  await using api = await startApi()
  api.simulator.control.expireTokens()
  expect((await api.get(ACCOUNT)).status).toBe(401)
  expect((await api.refresh(DEMO_APP.refreshToken)).status).toBe(200)
  api.simulator.control.revokeTokens()
  expect((await api.refresh(DEMO_APP.refreshToken)).status).toBe(401)
})

test('a missing token is refused, and a scope that the token lacks', async () => {
  await using api = await startApi()
  const bare = await api.call('GET', ACCOUNT, { headers: { authorization: '' } })
  expect([bare.status, bare.body['code']]).toEqual([401, 2])
  const answer = await api.refresh(SENTINEL_TOKENS.readOnly)
  api.token = textOf(answer.body['access_token'])
  expect((await api.get(LISTS)).status).toBe(200)
  const write = await api.post(LISTS, { name: 'x', records: 'a@b.example' })
  expect([write.status, write.body['code']]).toEqual([401, 3])
})

test('sentinel refresh tokens do what their names say', async () => {
  await using api = await startApi()
  expect((await api.refresh(SENTINEL_TOKENS.revoked)).status).toBe(401)
  expect((await api.refresh(SENTINEL_TOKENS.unavailable)).status).toBe(503)
})
