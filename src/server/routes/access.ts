import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { z } from 'zod'
import { getUser } from '../../access/users.ts'
import { may, options, permissions, policies } from '../../access/permissions.ts'
import { endSession, listSessions } from '../../access/sessions.ts'
import { changeOwnPassword, signIn, signInWithTicket } from '../../access/sign-in.ts'
import type { From } from '../../access/sign-in.ts'
import { addRoute, API_BASE } from '../api.ts'
import type { Api } from '../api.ts'
import { requireOwnSite, SESSION_COOKIE } from '../authenticate.ts'
import { clientAddress } from '../client-address.ts'
import { shortText, time } from '../../objects/fields.ts'
import { idParam } from '../schemas.ts'
import type { ServerContext } from '../server-context.ts'

const me = z.object({
  kind: z.enum(['user', 'api_key', 'local']),
  id: z.string(),
  name: z.string(),
  email: z.string().nullable(),
  policies: z.array(z.string()),
  options: z.array(z.string()),
  permissions: z.array(z.string()).describe('all permissions that you have'),
  mustChangePassword: z.boolean(),
})

const session = z.object({
  id: z.string(),
  originIp: z.string().nullable(),
  userAgent: z.string().nullable(),
  createdAt: time,
  seenAt: time,
  expiresAt: time,
  current: z.boolean().describe('true for the sign-in of this request'),
})

const signedIn = z.object({ name: z.string(), mustChangePassword: z.boolean(), expiresAt: time })

/** Given to a browser that has signed someone in: see `known-browser.ts`. */
const MARK_COOKIE = 'rollcall_known_browser'
const MARK_SECONDS = 180 * 24 * 60 * 60

function fromOf(context: ServerContext, c: Context): From {
  const { ip, countedIp } = clientAddress(c, context.proxies)
  const mark = getCookie(c, MARK_COOKIE) ?? null
  return { originIp: ip, countedIp, userAgent: c.req.header('user-agent') ?? null, mark }
}

/** Signing in and out, and what a person may know about themselves. */
export function addAccessRoutes(api: Api): void {
  const { limits } = api.context.platform
  const isSecure = api.context.publicUrl.startsWith('https:')
  const cookie = { httpOnly: true, sameSite: 'Strict', path: '/', secure: isSecure } as const
  const giveCookie = (c: Context, token: string): void =>
    setCookie(c, SESSION_COOKIE, token, { ...cookie, maxAge: Math.floor(limits.sessionMs / 1000) })
  const entered = (
    c: Context,
    { token, mark, principal, mustChangePassword, expiresAt }: Awaited<ReturnType<typeof signIn>>,
  ): z.input<typeof signedIn> => {
    giveCookie(c, token)
    setCookie(c, MARK_COOKIE, mark, { ...cookie, path: API_BASE, maxAge: MARK_SECONDS })
    return { name: principal.name, mustChangePassword, expiresAt }
  }
  addRoute(
    api,
    {
      id: 'me.sign-in',
      method: 'POST',
      path: '/sign-in',
      summary: 'Sign in and set the session cookie',
      permission: 'public',
      errors: ['sign_in_failed', 'too_many_attempts', 'access_denied'],
      body: z.strictObject({ email: z.string().max(400), password: z.string().max(400) }),
      answer: signedIn,
      unrepeatable: true,
    },
    async ({ body, context, c }) => {
      requireOwnSite(context, c, 'POST')
      return entered(c, await signIn(context.platform, { ...body, ...fromOf(context, c) }))
    },
  )
  addRoute(
    api,
    {
      id: 'me.sign-in-with-ticket',
      method: 'POST',
      path: '/sign-in/ticket',
      summary: 'Sign in with the ticket from the address that the demo printed, and set the session cookie',
      permission: 'public',
      errors: ['ticket_refused', 'too_many_attempts', 'access_denied'],
      body: z.strictObject({ ticket: z.string().max(400) }),
      answer: signedIn,
      unrepeatable: true,
    },
    async ({ body, context, c }) => {
      requireOwnSite(context, c, 'POST')
      const tickets = context.demo?.tickets ?? null
      return entered(
        c,
        await signInWithTicket({ ...context.platform, tickets }, { ...body, ...fromOf(context, c) }),
      )
    },
  )
  addRoute(
    api,
    {
      id: 'me.where',
      method: 'GET',
      path: '/where',
      summary: 'Show whether this is the demo or a real service',
      permission: 'public',
      answer: z.object({ demo: z.boolean().describe('sample data and a local Pinterest') }),
    },
    async ({ context }) => ({ demo: context.demo !== null }),
  )
  addRoute(
    api,
    {
      id: 'me.sign-out',
      method: 'POST',
      path: '/sign-out',
      summary: 'Sign out',
      permission: 'signed_in',
      answer: null,
      unrepeatable: true,
    },
    async ({ tenant, principal, c }) => {
      if (principal.sessionId !== null)
        await endSession(tenant, { id: principal.sessionId, userId: principal.id })
      deleteCookie(c, SESSION_COOKIE, cookie)
    },
  )
  addRoute(
    api,
    {
      id: 'me.get',
      method: 'GET',
      path: '/me',
      summary: 'Show who you are and what you may do',
      permission: 'signed_in',
      answer: me,
    },
    async ({ tenant, principal }) => {
      const { kind, id, name } = principal
      const user = kind === 'user' ? await getUser(tenant.db, id) : null
      return {
        kind,
        id,
        name,
        email: user?.email ?? null,
        policies: principal.policies,
        options: principal.options,
        permissions: permissions.filter((permission) => may(principal, permission)),
        mustChangePassword: user?.mustChangePassword ?? false,
      }
    },
  )
  addRoute(
    api,
    {
      id: 'me.change-password',
      method: 'POST',
      path: '/me/password',
      summary: 'Change your password; all your other sign-ins end',
      permission: 'signed_in',
      errors: ['sign_in_failed', 'too_many_attempts'],
      body: z.strictObject({ currentPassword: z.string().max(400), newPassword: z.string().max(400) }),
      answer: null,
      unrepeatable: true,
    },
    async ({ tenant, body, context, c }) => {
      const { token } = await changeOwnPassword(tenant, { ...body, ...fromOf(context, c) })
      giveCookie(c, token)
    },
  )
  addRoute(
    api,
    {
      id: 'me.sessions',
      method: 'GET',
      path: '/me/sessions',
      summary: 'Where you are signed in',
      permission: 'signed_in',
      answer: z.object({ items: z.array(session) }),
    },
    async ({ tenant, principal }) => {
      if (principal.kind !== 'user') return { items: [] }
      const found = await listSessions(tenant.db, limits, principal.id)
      return { items: found.map((one) => Object.assign(one, { current: one.id === principal.sessionId })) }
    },
  )
  addRoute(
    api,
    {
      id: 'me.end-session',
      method: 'DELETE',
      path: '/me/sessions/{id}',
      summary: 'End one of your sign-ins',
      permission: 'signed_in',
      params: idParam,
      answer: null,
    },
    ({ tenant, principal, params }) => endSession(tenant, { id: params.id, userId: principal.id }),
  )
  addRoute(
    api,
    {
      id: 'policies.list',
      method: 'GET',
      path: '/policies',
      summary: 'List policies and options with what they allow',
      permission: 'signed_in',
      answer: z.object({
        policies: z.array(
          z.object({ name: shortText, title: shortText, about: shortText, grants: z.array(z.string()) }),
        ),
        options: z.array(
          z.object({
            name: shortText,
            title: shortText,
            about: shortText,
            grants: z.array(z.string()),
            denies: z.array(z.string()),
          }),
        ),
      }),
    },
    async () => ({
      policies: Object.entries(policies).map(([name, { title, about, grants }]) => ({
        name,
        title,
        about,
        grants: [...new Set(grants)],
      })),
      options: Object.entries(options).map(([name, { title, about, grants, denies }]) => ({
        name,
        title,
        about,
        grants,
        denies,
      })),
    }),
  )
}
