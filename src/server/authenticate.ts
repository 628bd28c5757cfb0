import type { Context } from 'hono'
import { getCookie } from 'hono/cookie'
import { findApiKey } from '../access/api-keys.ts'
import type { Principal } from '../access/permissions.ts'
import { findSession } from '../access/sessions.ts'
import { RollcallError } from '../base/rollcall-error.ts'
import type { ServerContext } from './server-context.ts'

/** Who asks: by the cookie of a sign-in, or by an API key as bearer token. */

export const SESSION_COOKIE = 'rollcall_session'

/** What someone may do who must choose a password first. */
const BEFORE_PASSWORD: ReadonlySet<string> = new Set(['me.get', 'me.change-password', 'me.sign-out'])

/** Errors: `not_signed_in`, `access_denied` for a request that another site made. */
export async function authenticate(
  context: ServerContext,
  c: Context,
  route: { readonly id: string; readonly method: string },
): Promise<Principal> {
  if (context.principal !== null) return context.principal
  const { store, limits } = context.platform
  const bearer = bearerOf(c)
  if (bearer !== undefined) {
    const principal = await findApiKey(store.db, bearer)
    if (principal === null) throw notSignedIn('this API key is not valid: it may be revoked or expired.')
    return principal
  }
  const cookie = getCookie(c, SESSION_COOKIE)
  if (cookie === undefined) throw notSignedIn('sign in, or send an API key as bearer token.')
  requireOwnSite(context, c, route.method)
  const signedIn = await findSession(store.db, limits, cookie)
  if (signedIn === null) throw notSignedIn('this sign-in has ended. Sign in again.')
  if (signedIn.mustChangePassword && !BEFORE_PASSWORD.has(route.id))
    throw new RollcallError('access_denied', { detail: 'choose your own password first.' })
  return signedIn.principal
}

/** Who asked at the beginning of a long answer, with what they may do by now; null for those who would not be let in again. */
export async function askAgain(context: ServerContext, c: Context): Promise<Principal | null> {
  if (context.principal !== null) return context.principal
  const { store, limits } = context.platform
  const bearer = bearerOf(c)
  if (bearer !== undefined) return findApiKey(store.db, bearer)
  const signedIn = await findSession(store.db, limits, getCookie(c, SESSION_COOKIE) ?? '', false)
  return signedIn === null || signedIn.mustChangePassword ? null : signedIn.principal
}

function bearerOf(c: Context): string | undefined {
  return /^Bearer +(\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1]
}

function notSignedIn(detail: string): RollcallError {
  return new RollcallError('not_signed_in', { detail })
}

/** A browser sends the cookie along with a request of any page, but always says whose page it was. */
export function requireOwnSite(
  { publicUrl }: Pick<ServerContext, 'publicUrl'>,
  c: Context,
  method: string,
): void {
  if (method === 'GET') return
  const site = c.req.header('sec-fetch-site')
  const origin = c.req.header('origin')
  if (site === 'same-origin') return
  if (site === undefined && origin !== undefined && isOwn(origin, publicUrl, c.req.header('host'))) return
  throw new RollcallError('access_denied', { detail: 'this request came from another site.' })
}

function isOwn(origin: string, publicUrl: string, host: string | undefined): boolean {
  const url = URL.parse(origin)
  return url !== null && (url.origin === URL.parse(publicUrl)?.origin || url.host === host)
}
