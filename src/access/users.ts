import { sql } from 'kysely'
import type { Selectable, UpdateObject } from 'kysely'
import { checkEmail } from '../members/email.ts'
import { newId } from '../base/ids.ts'
import { invalid, RollcallError } from '../base/rollcall-error.ts'
import type { Tables } from '../store/schema.ts'
import type { UserTable } from '../store/people-tables.ts'
import { inTransaction, lockUsers } from './access.ts'
import { checkedName } from '../base/checked-name.ts'
import { unlessTaken } from '../store/unless-taken.ts'
import type { Access, Db } from './access.ts'
import { changes, record } from './activity.ts'
import { checkedGrants, requireMayGive, requireMayManage, storedGrants } from './grants.ts'
import { holds, pageOf } from '../store/pages.ts'
import type { Page, PageOf } from '../store/pages.ts'
import { hashPassword, requirePassword } from './passwords.ts'
import type { Output } from '../objects/object-kind.ts'
import type { Texts } from './grants.ts'
import type { User, userObject } from './object-kinds.ts'
import type { OptionName, PolicyName } from './permissions.ts'
import { endSessions } from './sessions.ts'

/**
 * People who may sign in. What their policies allow is read at each of their requests, so that every change here counts from
 * the next one on. There is always an enabled administrator who can sign in, once there was one.
 */

/** What is given of a user; grants are checked here too, since not only requests give them. */
type UserInput = Omit<Output<typeof userObject.input>, 'policies' | 'options' | 'password'> & Texts

type Row = Selectable<UserTable>

export async function listUsers(db: Db, { limit, cursor, search }: Page): Promise<PageOf<User>> {
  let query = db
    .selectFrom('app_user')
    .selectAll()
    .where(holds(search, ['name', 'email']))
  if (cursor !== null) query = query.where('id', '>', cursor)
  const rows = await query
    .orderBy('id')
    .limit(limit + 1)
    .execute()
  return pageOf(rows, limit, 'id', viewOf)
}

/** Error: `not_found`. */
export async function getUser(db: Db, id: string): Promise<User> {
  return viewOf(await userRow(db, id))
}

/**
 * Makes a user. The giver of a password knows it, so that it must be changed at the first sign-in; without one someone sets
 * it later. Errors: `request_invalid`, `name_taken` for the address, `access_denied` for rights beyond the giver's.
 */
export async function createUser(
  access: Access,
  input: UserInput & { readonly password: string | null },
): Promise<User> {
  const { actor, limits, store } = access
  const email = checkedSignInName(input.email)
  const name = checkedName(input.name, limits)
  const grants = checkedGrants(input)
  requireMayGive(actor.principal, grants)
  const password = input.password === null ? null : await newHash(input.password, { email, name })
  return inTransaction(store.db, async (tx) => {
    await lockUsers(tx)
    const user = await insertUser(tx, { email, name, ...grants, password, mustChangePassword: true })
    await record(tx, actor, 'user.created', objectOf(user), { email, ...grants })
    return user
  })
}

/** Stores a user whose fields are checked. The caller holds the lock and records it. Error: `name_taken`. */
export async function insertUser(
  tx: Db,
  user: {
    email: string
    name: string
    policies: readonly PolicyName[]
    options: readonly OptionName[]
    password: string | null
    mustChangePassword: boolean
  },
): Promise<User> {
  const row = await unlessEmailTaken(() =>
    tx
      .insertInto('app_user')
      .values({
        id: newId('us'),
        email: user.email,
        name: user.name,
        password_hash: user.password,
        must_change_password: user.password !== null && user.mustChangePassword,
        policies: [...user.policies],
        options: [...user.options],
        disabled_at: null,
      })
      .returningAll()
      .executeTakeFirstOrThrow(),
  )
  return viewOf(row)
}

/**
 * Changes what is given, from the next request of this user on. Errors: `request_invalid`, `not_found`,
 * `changed_meanwhile` when someone saved since `version`, `name_taken`, `access_denied`, `action_not_possible` for the last
 * administrator.
 */
export async function updateUser(
  access: Access,
  id: string,
  input: { readonly [Name in keyof UserInput]?: UserInput[Name] | undefined } & { readonly version: number },
): Promise<User> {
  return changeUser(access, id, async (tx, before) => {
    if (input.version !== before.version) {
      throw new RollcallError('changed_meanwhile', { what: `user "${before.name}"` })
    }
    const stored = storedGrants(before)
    const after = {
      email: input.email === undefined ? before.email : checkedSignInName(input.email),
      name: input.name === undefined ? before.name : checkedName(input.name, access.limits),
      ...checkedGrants({
        policies: input.policies ?? stored.policies,
        options: input.options ?? stored.options,
      }),
    }
    requireMayGive(access.actor.principal, after)
    await requireAdministrator(tx, before, { ...before, ...after })
    const { email, name } = before
    const detail = changes({ email, name, ...stored }, after)
    if (Object.keys(detail).length === 0) return viewOf(before)
    const row = await save(tx, id, {
      ...after,
      policies: [...after.policies],
      options: [...after.options],
    })
    await record(tx, access.actor, 'user.updated', objectOf(row), detail)
    return viewOf(row)
  })
}

/** Ends the sessions of the user, who cannot sign in any more. Errors: as with `updateUser`. */
export async function disableUser(access: Access, id: string): Promise<User> {
  return changeUser(access, id, async (tx, before) => {
    if (before.disabled_at !== null) return viewOf(before)
    await requireAdministrator(tx, before, null)
    const row = await save(tx, id, { disabled_at: sql<Date>`now()` })
    await endSessions(tx, id)
    await record(tx, access.actor, 'user.disabled', objectOf(row))
    return viewOf(row)
  })
}

/** Errors: `not_found`, `access_denied`. */
export async function enableUser(access: Access, id: string): Promise<User> {
  return changeUser(access, id, async (tx, before) => {
    if (before.disabled_at === null) return viewOf(before)
    const row = await save(tx, id, { disabled_at: null })
    await record(tx, access.actor, 'user.enabled', objectOf(row))
    return viewOf(row)
  })
}

/** Deletes the user with all sessions; what they did stays in the activity log. Errors: as with `updateUser`. */
export async function deleteUser(access: Access, id: string): Promise<void> {
  await changeUser(access, id, async (tx, before) => {
    await requireAdministrator(tx, before, null)
    await tx.deleteFrom('app_user').where('id', '=', id).execute()
    await record(tx, access.actor, 'user.deleted', objectOf(before), { email: before.email })
  })
}

/**
 * Gives a user a new password, which they must change at the next sign-in, and ends their sessions. Errors:
 * `request_invalid`, `not_found`, `access_denied`.
 */
export async function setPassword(access: Access, id: string, password: string): Promise<void> {
  const hash = await newHash(password, await userRow(access.store.db, id))
  await changeUser(access, id, async (tx, before) => {
    // The name may have become the password while it was hashed.
    requirePassword(password, before)
    await save(tx, id, { password_hash: hash, must_change_password: true })
    await endSessions(tx, id)
    await record(tx, access.actor, 'user.password_set', objectOf(before))
  })
}

/** The digest of a password that may be used. Error: `request_invalid`. */
export async function newHash(password: string, user: { email: string; name: string }): Promise<string> {
  requirePassword(password, user)
  return hashPassword(password)
}

/** Under the lock, and only by those who have the rights that the user has. Errors: `not_found`, `access_denied`. */
export async function changeUser<T>(
  { store, actor }: Pick<Access, 'store' | 'actor'>,
  id: string,
  work: (tx: Db, before: Row) => Promise<T>,
): Promise<T> {
  return inTransaction(store.db, async (tx) => {
    await lockUsers(tx)
    const before = await userRow(tx, id)
    requireMayManage(actor.principal, before)
    return work(tx, before)
  })
}

type Standing = Pick<Row, 'password_hash' | 'disabled_at'> & { readonly policies: readonly string[] }

/** Refuses to leave no administrator who can sign in. The lock makes that hold for two who ask at once. */
async function requireAdministrator(tx: Db, before: Row, after: Standing | null): Promise<void> {
  if (!canAdminister(before) || canAdminister(after)) return
  const others = await tx.selectFrom('app_user').selectAll().where('id', '<>', before.id).execute()
  if (others.some(canAdminister)) return
  throw new RollcallError('action_not_possible', {
    detail:
      'this is the last enabled Datagrid Administrator with a password. Give another user this policy first.',
  })
}

function canAdminister(user: Standing | null): boolean {
  if (user === null || user.disabled_at !== null || user.password_hash === null) return false
  return user.policies.includes('datagrid_administrator')
}

async function save(tx: Db, id: string, set: UpdateObject<Tables, 'app_user'>): Promise<Row> {
  return unlessEmailTaken(() =>
    tx
      .updateTable('app_user')
      .set({ ...set, version: sql<number>`version + 1`, updated_at: sql<Date>`now()` })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow(),
  )
}

function unlessEmailTaken<T>(work: () => Promise<T>): Promise<T> {
  return unlessTaken('app_user_email_key', 'a user with this e-mail address already exists.', work)
}

async function userRow(db: Db, id: string): Promise<Row> {
  const row = await db.selectFrom('app_user').selectAll().where('id', '=', id).executeTakeFirst()
  if (row === undefined) throw new RollcallError('not_found', { what: `user ${id}` })
  return row
}

const THIS_MACHINE = '@localhost'

/**
 * What a user signs in with, lower-cased: a valid e-mail address, or one of this machine such as `admin@localhost`. Null for
 * anything else.
 */
export function signInName(text: string): string | null {
  const typed = text.trim()
  const isLocal = typed.toLowerCase().endsWith(THIS_MACHINE)
  // The rule for addresses of customers wants a dot in the domain, and this machine has none.
  const verdict = checkEmail(isLocal ? `${typed}.test` : typed)
  if (!verdict.ok) return null
  return isLocal ? verdict.email.slice(0, -'.test'.length) : verdict.email
}

/** Error: `request_invalid`. */
function checkedSignInName(text: string): string {
  const name = signInName(text)
  if (name === null) throw invalid('the e-mail address is not valid.')
  return name
}

function objectOf(user: { readonly id: string; readonly name: string }) {
  return { type: 'user', id: user.id, name: user.name }
}

function viewOf(row: Row): User {
  return {
    id: row.id,
    email: row.email,
    name: row.name,
    ...storedGrants(row),
    hasPassword: row.password_hash !== null,
    mustChangePassword: row.must_change_password,
    disabledAt: row.disabled_at?.toISOString() ?? null,
    version: row.version,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  }
}
