import { RollcallError } from '../base/rollcall-error.ts'
import { refusal, unauthorized } from './errors.ts'
import { judge } from './outcome.ts'
import { repeat } from './repeat.ts'
import { readerOf, tokenSchema } from './schemas.ts'
import type { PinterestError } from './errors.ts'
import type { ApiAnswer } from './outcome.ts'
import type { Pace } from './repeat.ts'
import type { TokenAnswer } from './schemas.ts'
import type { Transport } from './transport.ts'
import type { Tokens } from './types.ts'

/** The page where a person authorizes; the sandbox uses it too. */
const AUTHORIZATION_PAGE = 'https://www.pinterest.com/oauth/'

export interface TokenEndpoint {
  readonly transport: Transport
  readonly pace: Pace
  /** Name of the credential, for messages. */
  readonly credential: string
}

type App = Pick<Tokens, 'appId' | 'appSecret'>

/** Where to send a person to authorize. `state` comes back with the code and must be compared. */
export function authorizationUrl(request: {
  appId: string
  redirectUri: string
  scopes: readonly string[]
  state: string
}): string {
  const url = new URL(AUTHORIZATION_PAGE)
  url.search = new URLSearchParams({
    client_id: request.appId,
    redirect_uri: request.redirectUri,
    response_type: 'code',
    scope: request.scopes.join(','),
    state: request.state,
  }).toString()
  return url.href
}

/**
 * The tokens for the code of an authorization. A code works once, so a lost answer is not repeated.
 * `continuousRefresh` is needed by apps created before 2025-09-25.
 */
export async function exchangeCode(
  endpoint: TokenEndpoint,
  request: App & { code: string; redirectUri: string; continuousRefresh?: boolean },
): Promise<Tokens> {
  const { appId, appSecret, code, redirectUri } = request
  const form = new URLSearchParams({ grant_type: 'authorization_code', code, redirect_uri: redirectUri })
  if (request.continuousRefresh === true) form.set('continuous_refresh', 'true')
  const { answer, askedAtMs } = await grant(endpoint, request, form)
  if (answer.refreshToken === null) {
    const detail = 'Pinterest sent no refresh token'
    throw new RollcallError('authorization_error', { detail, credential: endpoint.credential })
  }
  const before = { appId, appSecret, refreshToken: answer.refreshToken, refreshExpiresAt: null }
  return withAnswer({ ...before, accessToken: null, accessExpiresAt: null }, answer, askedAtMs)
}

/**
 * New tokens for the refresh token. An answer that was lost is asked for again with the same one, and one
 * under way is awaited even when the run is stopped. The result
 * must be stored before its access token is used, since Pinterest may have ended the old refresh token.
 */
export async function refreshTokens(endpoint: TokenEndpoint, current: Tokens): Promise<Tokens> {
  const form = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: current.refreshToken })
  const { answer, askedAtMs } = await grant(endpoint, current, form)
  return withAnswer(current, answer, askedAtMs)
}

async function grant(
  endpoint: TokenEndpoint,
  app: App,
  form: URLSearchParams,
): Promise<{ answer: TokenAnswer; askedAtMs: number }> {
  const { transport, pace } = endpoint
  const read = readerOf(tokenSchema)
  let askedAtMs = Date.now()
  const sent = await repeat<TokenAnswer>(
    {
      operation: 'oauth/token',
      kind: 'read',
      repeatable: form.get('grant_type') === 'refresh_token',
      attempt: async (trace) => {
        await pace.mayGoOn?.()
        trace.attempts += 1
        askedAtMs = Date.now()
        // Stopping waits for the answer: dropping it could lose the only refresh token that still works.
        const request = { ...tokenRequest(app, form), mayGoOn: pace.mayGoOn }
        return judge(await transport.send(request, new AbortController().signal), read)
      },
      refuse: (answer) => grantRefused(answer, endpoint.credential, form),
    },
    pace,
  )
  return { answer: sent.body, askedAtMs }
}

function tokenRequest(app: App, form: URLSearchParams): Parameters<Transport['send']>[0] {
  const basic = Buffer.from(`${app.appId}:${app.appSecret}`).toString('base64')
  return {
    method: 'POST',
    path: '/oauth/token',
    headers: { authorization: `Basic ${basic}`, 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
  }
}

function grantRefused(answer: ApiAnswer, credential: string, form: URLSearchParams): PinterestError {
  if (answer.status !== 400 && answer.status !== 401) {
    return refusal(answer, { credential, adAccount: null, absent: 'other' })
  }
  const what = form.get('grant_type') === 'refresh_token' ? 'refresh token' : 'authorization code'
  return unauthorized(answer, credential, what)
}

/** Expiry counts from when we asked, so that it errs to the early side. Without a new refresh token the old one stays. */
function withAnswer(current: Tokens, answer: TokenAnswer, askedAtMs: number): Tokens {
  const renewed = answer.refreshToken !== null
  return {
    appId: current.appId,
    appSecret: current.appSecret,
    refreshToken: answer.refreshToken ?? current.refreshToken,
    refreshExpiresAt: refreshExpiry(answer, askedAtMs) ?? (renewed ? null : current.refreshExpiresAt),
    accessToken: answer.accessToken,
    accessExpiresAt: timeOf(askedAtMs / 1000 + answer.expiresInS),
  }
}

function refreshExpiry(answer: TokenAnswer, askedAtMs: number): Date | null {
  if (answer.refreshExpiresAtS !== null) return timeOf(answer.refreshExpiresAtS)
  return answer.refreshExpiresInS === null ? null : timeOf(askedAtMs / 1000 + answer.refreshExpiresInS)
}

function timeOf(seconds: number): Date | null {
  const time = new Date(Math.floor(seconds * 1000))
  return Number.isNaN(time.getTime()) ? null : time
}
