import { timingSafeEqual } from 'node:crypto'
import { badRequest, unauthenticated, wentWrong } from './errors.ts'
import { DEMO_APP } from './options.ts'
import { SENTINEL_TOKENS } from './sentinels.ts'
import { ok } from './operation.ts'
import type { Call, Operation, Reply } from './operation.ts'
import type { Issued } from './tokens.ts'
import type { World } from './world.ts'

export const oauthOperations: readonly Operation[] = [
  {
    id: 'oauth/token',
    method: 'POST',
    path: '/oauth/token',
    category: 'org_read',
    scope: null,
    roles: null,
    handle: token,
  },
]

const FIELDS: Readonly<Record<string, readonly string[]>> = {
  refresh_token: ['grant_type', 'refresh_token', 'scope'],
  authorization_code: ['grant_type', 'code', 'redirect_uri', 'continuous_refresh'],
}

function token(call: Call): Reply {
  checkApp(call.headers.get('authorization') ?? '')
  const form = readForm(call)
  const grant = form.get('grant_type') ?? ''
  const fields = FIELDS[grant]
  if (fields === undefined) throw badRequest('Invalid parameter grant_type.')
  for (const name of form.keys()) {
    if (!fields.includes(name)) throw badRequest(`Unknown parameter ${name}.`)
  }
  const issued = grant === 'refresh_token' ? refresh(call.world, form) : authorize(call.world, form)
  call.world.state.onChange()
  return ok(describe(issued, grant, call.world))
}

function checkApp(header: string): void {
  const wanted = Buffer.from(`Basic ${Buffer.from(`${DEMO_APP.id}:${DEMO_APP.secret}`).toString('base64')}`)
  const given = Buffer.from(header)
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) throw unauthenticated()
}

function readForm(call: Call): URLSearchParams {
  const type = call.headers.get('content-type') ?? ''
  if (!type.startsWith('application/x-www-form-urlencoded'))
    throw badRequest('The body must be form-encoded.')
  return new URLSearchParams(typeof call.body === 'string' ? call.body : '')
}

function refresh(world: World, form: URLSearchParams): Issued {
  const given = form.get('refresh_token')
  if (given === null || given === '') throw badRequest('Missing parameter refresh_token.')
  if (given === SENTINEL_TOKENS.unavailable) throw wentWrong(503)
  return world.tokens.exchange(given)
}

function authorize(world: World, form: URLSearchParams): Issued {
  if ((form.get('redirect_uri') ?? '') === '') throw badRequest('Missing parameter redirect_uri.')
  if (form.get('code') !== DEMO_APP.authorizationCode) throw unauthenticated()
  return world.tokens.issue()
}

function describe(issued: Issued, grant: string, world: World): Readonly<Record<string, unknown>> {
  const { accessTokenMs, refreshTokenMs } = world.settings
  return {
    access_token: issued.accessToken,
    refresh_token: issued.refreshToken,
    response_type: grant,
    token_type: 'bearer',
    expires_in: Math.floor(accessTokenMs / 1000),
    refresh_token_expires_in: Math.floor(refreshTokenMs / 1000),
    refresh_token_expires_at: Math.floor(issued.refreshExpiresMs / 1000),
    scope: issued.scope,
  }
}
