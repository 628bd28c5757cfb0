import { sql } from 'kysely'
import type { RawBuilder, Selectable } from 'kysely'
import { newId } from '../base/ids.ts'
import type { Limits } from '../base/limits.ts'
import { RollcallError } from '../base/rollcall-error.ts'
import type { SessionTable } from '../store/people-tables.ts'
import { inTransaction } from './access.ts'
import type { Access, Db } from './access.ts'
import { record } from './activity.ts'
import { storedGrants } from './grants.ts'
import type { Principal } from './permissions.ts'
import { digestOf, newSecret } from './tokens.ts'

/**
 * Sign-ins. The token is known to the browser alone: the database keeps its digest, which is also what it is looked up by,
 * so that no comparison tells how much of a guess was right. All times are the database's.
 */

export interface Session {
  readonly id: string
  readonly originIp: string | null
  readonly userAgent: string | null
  readonly createdAt: string
  /** Not more exact than a minute. */
  readonly seenAt: string
  readonly expiresAt: string
}

/** Someone who is signed in. */
export interface SignedIn {
  readonly principal: Principal
  readonly email: string
  /** Nothing else is for them until they have. */
  readonly mustChangePassword: boolean
  readonly expiresAt: string
}

type TimeLimits = Pick<Limits, 'sessionMs' | 'sessionIdleMs'>

const SEEN_EVERY_MS = 60_000
const USER_AGENT_CHARS_MAX = 500

/** Signs a user in who has proven who they are. The token is in no other place. */
export async function createSession(
  db: Db,
  limits: TimeLimits,
  of: { readonly userId: string; readonly originIp: string | null; readonly userAgent: string | null },
): Promise<{ readonly token: string; readonly session: Session }> {
  const token = `rcs_${newSecret()}`
  const row = await db
    .insertInto('session')
    .values({
      id: newId('se'),
      token_digest: digestOf(token),
      user_id: of.userId,
      origin_ip: of.originIp,
      user_agent: of.userAgent?.slice(0, USER_AGENT_CHARS_MAX) ?? null,
      expires_at: sql<Date>`now() + ${limits.sessionMs} * interval '1 ms'`,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  return { token, session: viewOf(row) }
}

/**
 * Who holds this token; null when no one does, it is over or was idle for too long, or its user is disabled. `counts` says
 * whether this is a request, which keeps the session from being idle.
 */
export async function findSession(
  db: Db,
  limits: TimeLimits,
  token: string,
  counts = true,
): Promise<SignedIn | null> {
  const row = await db
    .selectFrom('session')
    .innerJoin('app_user', 'app_user.id', 'session.user_id')
    .where('session.token_digest', '=', digestOf(token))
    .where(isAlive(limits))
    .where('app_user.disabled_at', 'is', null)
    .select([
      'session.id as sessionId',
      'session.expires_at',
      'app_user.id',
      'app_user.email',
      'app_user.name',
      'app_user.policies',
      'app_user.options',
      'app_user.must_change_password',
      isStale(limits).as('stale'),
    ])
    .executeTakeFirst()
  if (row === undefined) return null
  const { id, name, sessionId } = row
  if (counts && row.stale) await see(db, limits, sessionId)
  return {
    principal: { kind: 'user', id, name, ...storedGrants(row), sessionId },
    email: row.email,
    mustChangePassword: row.must_change_password,
    expiresAt: row.expires_at.toISOString(),
  }
}

async function see(db: Db, limits: TimeLimits, id: string): Promise<void> {
  // Requests that come together find it stale together: the first one is enough.
  await db
    .updateTable('session')
    .set({ seen_at: sql<Date>`now()` })
    .where('id', '=', id)
    .where(isStale(limits))
    .execute()
}

/** A session seems up to this much longer idle than it is, so that it never lasts too long. */
function isStale({ sessionIdleMs }: TimeLimits): RawBuilder<boolean> {
  const staleMs = Math.min(SEEN_EVERY_MS, sessionIdleMs / 10)
  return sql<boolean>`session.seen_at <= now() - ${staleMs} * interval '1 ms'`
}

function isAlive({ sessionIdleMs }: TimeLimits): RawBuilder<boolean> {
  return sql<boolean>`(session.expires_at > now() and session.seen_at > now() - ${sessionIdleMs} * interval '1 ms')`
}

/** The sessions of a user that are not over, the newest first. */
export async function listSessions(db: Db, limits: TimeLimits, userId: string): Promise<Session[]> {
  const rows = await db
    .selectFrom('session')
    .selectAll()
    .where('user_id', '=', userId)
    .where(isAlive(limits))
    .orderBy('id', 'desc')
    .execute()
  return rows.map(viewOf)
}

/** Ends one session of a user: signs them out there. Error: `not_found`. */
export async function endSession(
  { store, actor }: Pick<Access, 'store' | 'actor'>,
  { id, userId }: { readonly id: string; readonly userId: string },
): Promise<void> {
  await inTransaction(store.db, async (tx) => {
    const ended = await tx
      .deleteFrom('session')
      .using('app_user')
      .whereRef('app_user.id', '=', 'session.user_id')
      .where('session.id', '=', id)
      .where('session.user_id', '=', userId)
      .returning('app_user.name')
      .executeTakeFirst()
    if (ended === undefined) throw new RollcallError('not_found', { what: `session ${id}` })
    await record(tx, actor, 'session.ended', { type: 'session', id, name: ended.name })
  })
}

/** Ends all sessions of a user. How many. */
export async function endSessions(db: Db, userId: string): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('session')
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}

/** Deletes the sessions that are over. How many. */
export async function sweepSessions(db: Db, limits: TimeLimits): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('session')
    .where(sql<boolean>`not ${isAlive(limits)}`)
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}

function viewOf(row: Selectable<SessionTable>): Session {
  return {
    id: row.id,
    originIp: row.origin_ip,
    userAgent: row.user_agent,
    createdAt: row.created_at.toISOString(),
    seenAt: row.seen_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
  }
}
