import { sql } from 'kysely'
import type { Selectable } from 'kysely'
import type { Limits } from '../base/limits.ts'
import { invalid, RollcallError } from '../base/rollcall-error.ts'
import type { UserTable } from '../store/people-tables.ts'
import type { Store } from '../store/store.ts'
import { inTransaction } from './access.ts'
import type { Access, Db } from './access.ts'
import { record } from './activity.ts'
import { storedGrants } from './grants.ts'
import { knownBrowser, markFor } from './known-browser.ts'
import { hashPassword, verifyPassword } from './passwords.ts'
import type { Principal } from './permissions.ts'
import type { Sealer } from './seal.ts'
import { createSession, endSessions } from './sessions.ts'
import type { SignedIn } from './sessions.ts'
import { countTry, forgive, triedBy } from './throttle.ts'
import type { Tried } from './throttle.ts'
import type { Tickets } from './tickets.ts'
import { changeUser, getUser, newHash, signInName } from './users.ts'

interface Context {
  readonly store: Pick<Store, 'db'>
  readonly limits: Limits
  readonly sealer: Pick<Sealer, 'digest'>
}

/** From where someone signs in. */
export interface From {
  readonly originIp: string | null
  readonly userAgent: string | null
  /** Whose wrong passwords are counted together; null when all people may seem to come from one address. */
  readonly countedIp: string | null
  /** What a browser brings that has signed someone in before. */
  readonly mark: string | null
}

type Entered = SignedIn & {
  readonly token: string
  /** For the browser to bring next time. */
  readonly mark: string
}

/** Longer texts are no one's, and are counted as one. */
const TYPED_CHARS_MAX = 400

/**
 * Signs in with an e-mail address and a password. Errors: `sign_in_failed`, the same and after the same work for an unknown
 * user, a wrong password and a disabled user; `too_many_attempts`. Not to be called within a transaction, which would forget
 * wrong tries.
 */
export async function signIn(
  { store: { db }, limits, sealer }: Context,
  given: From & { readonly email: string; readonly password: string },
): Promise<Entered> {
  const { password } = given
  const email = signInName(given.email)
  const tried = triedFrom(sealer, email ?? given.email.slice(0, TYPED_CHARS_MAX), given)
  await countTry(db, limits, tried)
  const user = email === null ? undefined : await userOf(db, email)
  const { ok, rehash } = await verifyPassword(password, user?.password_hash ?? null)
  if (!ok || user === undefined || user.disabled_at !== null) throw new RollcallError('sign_in_failed')
  const fresh = rehash ? await hashPassword(password) : null
  return db.transaction().execute(async (tx) => {
    // Someone may have disabled the user meanwhile, or set another password.
    const now = await userOf(tx, user.email, true)
    if (now === undefined || now.disabled_at !== null || now.password_hash !== user.password_hash) {
      throw new RollcallError('sign_in_failed')
    }
    if (fresh !== null) await storeHash(tx, now.id, fresh)
    return enter(tx, { limits, sealer }, now, { tried, from: given, detail: {} })
  })
}

/**
 * Signs in the bearer of a ticket, in place of a password. Errors: `ticket_refused`, also for a user who is gone or disabled;
 * `too_many_attempts`.
 */
export async function signInWithTicket(
  { store: { db }, limits, sealer, tickets }: Context & { readonly tickets: Tickets | null },
  { ticket, ...from }: From & { readonly ticket: string },
): Promise<Entered> {
  const tried = triedFrom(sealer, ticket.slice(0, TYPED_CHARS_MAX), from)
  await countTry(db, limits, tried)
  const userId = tickets?.take(ticket) ?? null
  if (userId === null) throw new RollcallError('ticket_refused')
  return db.transaction().execute(async (tx) => {
    const user = await tx
      .selectFrom('app_user')
      .selectAll()
      .where('id', '=', userId)
      .where('disabled_at', 'is', null)
      .forShare()
      .executeTakeFirst()
    if (user === undefined) throw new RollcallError('ticket_refused')
    return enter(tx, { limits, sealer }, user, { tried, from, detail: { with: 'ticket' } })
  })
}

/** Opens the session of someone who has proven who they are. */
async function enter(
  tx: Db,
  { limits, sealer }: Pick<Context, 'limits' | 'sealer'>,
  user: Selectable<UserTable>,
  {
    tried,
    from: { originIp, userAgent },
    detail,
  }: { tried: Tried; from: From; detail: Readonly<Record<string, string>> },
): Promise<Entered> {
  const { id, name, email, must_change_password: mustChangePassword } = user
  const from = { originIp, userAgent }
  const { token, session } = await createSession(tx, limits, { userId: id, ...from })
  const principal: Principal = { kind: 'user', id, name, ...storedGrants(user), sessionId: session.id }
  await record(
    tx,
    { principal, ...from },
    'session.created',
    { type: 'session', id: session.id, name },
    detail,
  )
  await forgive(tx, limits, tried)
  const mark = markFor(sealer, email)
  return { token, mark, principal, email, mustChangePassword, expiresAt: session.expiresAt }
}

function triedFrom(
  sealer: Context['sealer'],
  name: string,
  { countedIp, mark }: Pick<From, 'countedIp' | 'mark'>,
): Tried {
  return triedBy(sealer, name, { originIp: countedIp, browser: knownBrowser(sealer, name, mark) })
}

async function userOf(db: Db, email: string, lock = false) {
  const query = db.selectFrom('app_user').selectAll().where('email', '=', email)
  return (lock ? query.forShare() : query).executeTakeFirst()
}

/** The same password, hashed as new ones are: nothing that anyone has to know of. */
async function storeHash(tx: Db, id: string, hash: string): Promise<void> {
  await tx.updateTable('app_user').set({ password_hash: hash }).where('id', '=', id).execute()
}

/**
 * Gives the user who asks a new password, which only they know. All their sessions end, this one included, so that no token
 * from before works any more; they go on in a new one. API keys belong to no user and stay. Wrong passwords count as those at
 * sign-in. Errors: `request_invalid` for a wrong current or an unfit new password, `too_many_attempts`, `access_denied` for who
 * is no user.
 */
export async function changeOwnPassword(
  { store: { db }, limits, sealer, actor }: Context & Access,
  given: { readonly currentPassword: string; readonly newPassword: string } & Pick<
    From,
    'countedIp' | 'mark'
  >,
): Promise<{ readonly token: string }> {
  const { kind, id } = actor.principal
  if (kind !== 'user') throw new RollcallError('access_denied', { detail: 'only users have a password.' })
  const user = await getUser(db, id)
  const tried = triedFrom(sealer, user.email, given)
  await countTry(db, limits, tried)
  const stored = await userOf(db, user.email)
  const { ok } = await verifyPassword(given.currentPassword, stored?.password_hash ?? null)
  if (!ok || stored === undefined) throw invalid('the current password is wrong.')
  await forgive(db, limits, tried)
  if (given.newPassword === given.currentPassword)
    throw invalid('the new password is the same as the current one.')
  const hash = await newHash(given.newPassword, user)
  return inTransaction(db, async (tx) => {
    const saved = await tx
      .updateTable('app_user')
      .set({
        password_hash: hash,
        must_change_password: false,
        version: sql<number>`version + 1`,
        updated_at: sql<Date>`now()`,
      })
      .where('id', '=', id)
      // An administrator may have set another one meanwhile, since this one was known to someone.
      .where('password_hash', '=', stored.password_hash)
      .returning('id')
      .executeTakeFirst()
    if (saved === undefined) throw new RollcallError('changed_meanwhile', { what: 'your password' })
    await endSessions(tx, id)
    await record(tx, actor, 'user.password_changed', { type: 'user', id, name: user.name })
    return createSession(tx, limits, { userId: id, originIp: actor.originIp, userAgent: actor.userAgent })
  })
}

/**
 * Lets a user try again at once after too many wrong passwords; what came from one origin stays blocked. Errors: `not_found`,
 * `access_denied`.
 */
export async function unblockSignIn(
  { sealer, ...access }: Pick<Context, 'store' | 'sealer'> & Pick<Access, 'actor'>,
  id: string,
): Promise<void> {
  await changeUser(access, id, async (tx, { email, name }) => {
    const { name: key } = triedBy(sealer, email, { originIp: null, browser: null })
    await tx.deleteFrom('sign_in_failure').where('key', '=', key).execute()
    await record(tx, access.actor, 'user.sign_in_unblocked', { type: 'user', id, name })
  })
}
