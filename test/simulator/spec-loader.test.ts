import { expect, test } from 'vitest'
import { describeWithSpec } from '../support/openapi.ts'

const LISTS = '/v5/ad_accounts/549000000001/customer_lists'
const AUTHORIZED = { authorization: 'Bearer pina_x', 'content-type': 'application/json' }

describeWithSpec('the check against the published descriptions', (spec) => {
  const request = (body: unknown, path = LISTS, headers: Record<string, string> = AUTHORIZED) =>
    spec.validateRequest({ method: 'POST', path, headers, body })
  const problems = (query: Record<string, string>) =>
    spec.validateRequest({ method: 'GET', path: LISTS, query, headers: AUTHORIZED })
  const tokenAnswer = (body: unknown) =>
    spec.validateResponse({ method: 'POST', path: '/v5/oauth/token', status: 200, body })
  const tokenRequest = (body: string) =>
    spec.validateRequest({
      method: 'POST',
      path: '/oauth/token',
      headers: { authorization: 'Basic YTpi' },
      body,
    })
  const answer = (status: number, body: unknown) =>
    spec.validateResponse({ method: 'GET', path: LISTS, status, body })

  test('knows customer lists and audiences in both versions, tokens in one', () => {
    expect(spec.versionsOf({ method: 'POST', path: LISTS })).toEqual(['5.23.0', '5.28.0'])
    expect(spec.versionsOf({ method: 'GET', path: '/v5/ad_accounts/1/audiences' })).toHaveLength(2)
    expect(spec.versionsOf({ method: 'POST', path: '/oauth/token' })).toEqual(['5.23.0'])
  })

  test('accepts a right request and names what is wrong with others', () => {
    expect(request({ name: 'VIP', records: 'a@b.test,' })).toEqual([])
    expect(request('{"name":"VIP","records":"a@b.test"}')).toEqual([])
    expect(request({ name: 'VIP' })).toEqual([expect.stringMatching(/^5\.23\.0.*records/)])
    expect(request({ name: 1, records: 'x' })).toHaveLength(2)
    expect(request({ name: 'VIP', records: 'x', list_type: 'PHONE' })).not.toEqual([])
    expect(request({ name: 'VIP', records: 'x', colour: 'red' }).join()).toContain('colour')
    expect(request({ name: 'VIP', records: 'x' }, '/v5/ad_accounts/abc/customer_lists')).not.toEqual([])
    expect(request({ name: 'VIP', records: 'x' }, LISTS, {}).join()).toContain('Bearer')
    expect(request('{"name"')).not.toEqual([])
    expect(request(undefined)).not.toEqual([])
  })

  test('checks query parameters, coming as text', () => {
    expect(problems({ page_size: '250', order: 'DESCENDING', bookmark: 'x==' })).toEqual([])
    expect(problems({ page_size: '251' })).toHaveLength(2)
    expect(problems({ page_size: 'many' })).toHaveLength(2)
    expect(problems({ order: 'descending' })).toHaveLength(2)
    expect(problems({ name: 'VIP' }).join()).toContain('unknown query parameter name')
  })

  test('follows the discriminator of the token answer', () => {
    const short = {
      access_token: 'a',
      token_type: 'bearer',
      expires_in: 1,
      scope: '',
      response_type: 'refresh_token',
    }
    expect(tokenAnswer(short).join()).toContain('refresh_token_expires_at')
    const whole = { ...short, refresh_token: 'r', refresh_token_expires_in: 1, refresh_token_expires_at: 2 }
    expect(tokenAnswer(whole)).toEqual([])
    expect(tokenAnswer({ ...whole, extra: 1 })).not.toEqual([])
  })

  test('checks token requests by their grant', () => {
    expect(tokenRequest('grant_type=refresh_token&refresh_token=pinr.x')).toEqual([])
    expect(tokenRequest('grant_type=refresh_token')).not.toEqual([])
    expect(tokenRequest('grant_type=refresh_token&refresh_token=x&hello=1')).not.toEqual([])
  })

  test('wants errors to have code and message, and an answer to be declared', () => {
    expect(answer(429, { code: 8, message: 'x' })).toEqual([])
    expect(answer(500, { message: 'x' })).toHaveLength(2)
    expect(answer(204, undefined)).toHaveLength(2)
    expect(answer(200, { items: [{ id: '1', name: 'x', status: 'READY' }], bookmark: null })).toEqual([])
    expect(answer(200, { items: [{ id: 1, name: 'x' }] })).toHaveLength(2)
    expect(answer(200, { items: [{ id: '1', name: 'x', status: 'DONE' }] })).toHaveLength(2)
    expect(answer(200, { bookmark: null })).toHaveLength(2)
  })
})
