import { sql } from 'kysely'
import { newId } from '../base/ids.ts'
import type { CredentialSecrets } from '../objects/credential.ts'
import { RollcallError } from '../base/rollcall-error.ts'
import type { TokenVault, Tokens } from '../pinterest/types.ts'
import { publish } from '../store/events.ts'
import { transact } from '../store/workspace.ts'
import type { WorkspaceDb as Db } from '../store/workspace.ts'
import type { Sealer } from './seal.ts'

type Environment = Readonly<Record<string, string | undefined>>

const VARIABLES = ['PINTEREST_APP_ID', 'PINTEREST_APP_SECRET', 'PINTEREST_REFRESH_TOKEN'] as const

interface Row {
  readonly id: string
  readonly sealed: string
  readonly seed_digest: string | null
}

/**
 * The tokens of one credential, sealed in the store. The environment makes it at first use; later rotations live in the
 * store and win, until a person sets other values there, which means a new authorization. Errors:
 * `authorization_error` when there is neither, `secret_key_wrong` when what is stored does not open.
 */
export async function openVault(options: {
  db: Db
  sealer: Sealer
  env: Environment
  name: string
}): Promise<TokenVault> {
  const { db, sealer, env, name } = options
  const seed = seedOf(env, name)
  if (seed !== null) await plant(db, sealer, name, seed)
  const { id } = await readRow(db, { name })
  return vaultOf(options, { id, name })
}

/** The tokens of a credential that is there. Errors as with `openVault`. */
export function vaultOf(
  { db, sealer }: { db: Db; sealer: Sealer },
  credential: { id: string; name: string },
): TokenVault {
  return {
    name: credential.name,
    read: async () => openTokens(sealer, await readRow(db, credential)),
    renew: (exchange) => renew(db, sealer, credential, exchange),
  }
}

/** Seals the secrets that a person gives for a credential. Nothing is known of its access token yet. */
export function sealSecrets(sealer: Sealer, id: string, secrets: CredentialSecrets): string {
  return sealTokens(sealer, id, {
    ...secrets,
    refreshExpiresAt: null,
    accessToken: null,
    accessExpiresAt: null,
  })
}

async function renew(
  db: Db,
  sealer: Sealer,
  credential: { id: string; name: string },
  exchange: (current: Tokens) => Promise<Tokens>,
): Promise<Tokens> {
  const done: { from: Row; tokens: Tokens }[] = []
  try {
    return await transact(db, async (tx) => {
      // The row stays locked while the tokens are exchanged, so that one process at a time does it.
      const row = await readRow(tx, credential, true)
      const current = openTokens(sealer, row)
      const tokens = await exchange(current)
      if (tokens !== current) {
        done.push({ from: row, tokens })
        await write(tx, sealer, row, tokens)
      }
      return tokens
    })
  } catch (error) {
    const [kept] = done
    if (kept === undefined) throw error
    // The old refresh token may be dead already. Losing the new one over a broken connection would cost a person's sign-in.
    await write(db, sealer, kept.from, kept.tokens)
    return kept.tokens
  }
}

function seedOf(env: Environment, name: string): CredentialSecrets | null {
  const values = VARIABLES.map((variable) => env[variable]?.trim() ?? '')
  const missing = VARIABLES.filter((_, index) => values[index] === '')
  if (missing.length === VARIABLES.length) return null
  if (missing.length > 0) {
    throw noCredential(name, `${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} not set`)
  }
  const [appId = '', appSecret = '', refreshToken = ''] = values
  return { appId, appSecret, refreshToken }
}

function noCredential(name: string, detail: string): RollcallError {
  return new RollcallError('authorization_error', { credential: name, detail })
}

/** A credential by its id, or the one of this name. */
interface Wanted {
  readonly id?: string
  readonly name: string
}

async function findRow(db: Db, { id, name }: Wanted, lock = false): Promise<Row | undefined> {
  const all = db.selectFrom('credential').select(['id', 'sealed', 'seed_digest'])
  const query = id === undefined ? all.where('name', '=', name) : all.where('id', '=', id)
  return (lock ? query.forUpdate() : query).executeTakeFirst()
}

async function readRow(db: Db, wanted: Wanted, lock = false): Promise<Row> {
  const row = await findRow(db, wanted, lock)
  if (row !== undefined) return row
  throw noCredential(wanted.name, `there is no credential yet; set ${VARIABLES.join(', ')}`)
}

/** Tells later whether a person gives the values that a credential was made from, or others. */
export function digestOfSeed(sealer: Sealer, { appId, appSecret, refreshToken }: CredentialSecrets): string {
  return sealer.digest(JSON.stringify([appId, appSecret, refreshToken]))
}

/** Makes the credential, or replaces it when a person set other values than it was made from. */
async function plant(db: Db, sealer: Sealer, name: string, seed: CredentialSecrets): Promise<void> {
  const digest = digestOfSeed(sealer, seed)
  const isCurrent = (row: Row | undefined): boolean => row?.seed_digest === digest
  // Mostly nothing is to do. This look needs no lock, which a process that exchanges the tokens would hold for long.
  if (isCurrent(await findRow(db, { name }))) return
  const tokens: Tokens = { ...seed, refreshExpiresAt: null, accessToken: null, accessExpiresAt: null }
  await transact(db, async (tx) => {
    if (await insert(tx, sealer, { name, digest, tokens })) return
    const row = await readRow(tx, { name }, true)
    if (isCurrent(row)) return
    // With a wrong key every digest differs: then what is stored must stay for the right one.
    openTokens(sealer, row)
    await write(tx, sealer, row, tokens)
    await tx.updateTable('credential').set({ seed_digest: digest }).where('id', '=', row.id).execute()
  })
}

/** False when there is one of this name. */
async function insert(
  db: Db,
  sealer: Sealer,
  made: { name: string; digest: string; tokens: Tokens },
): Promise<boolean> {
  const id = newId('cr')
  const inserted = await db
    .insertInto('credential')
    .values({
      id,
      name: made.name,
      sealed: sealTokens(sealer, id, made.tokens),
      seed_digest: made.digest,
      access_expires_at: null,
      refresh_expires_at: null,
    })
    .onConflict((conflict) => conflict.constraint('credential_name_key').doNothing())
    .returning('id')
    .executeTakeFirst()
  return inserted !== undefined
}

/** Stores the tokens, unless others were stored since the row was read. */
async function write(db: Db, sealer: Sealer, row: Row, tokens: Tokens): Promise<void> {
  await db
    .updateTable('credential')
    .set({
      sealed: sealTokens(sealer, row.id, tokens),
      access_expires_at: tokens.accessExpiresAt,
      refresh_expires_at: tokens.refreshExpiresAt,
      updated_at: sql<Date>`now()`,
    })
    .where('id', '=', row.id)
    .where('sealed', '=', row.sealed)
    .execute()
  await publish(db, { type: 'credential', id: row.id })
}

function sealTokens(sealer: Sealer, id: string, tokens: Tokens): string {
  return sealer.seal(JSON.stringify(tokens), { table: 'credential', id })
}

/** What a credential holds now. */
export function openTokens(sealer: Sealer, row: Pick<Row, 'id' | 'sealed'>): Tokens {
  const tokens = JSON.parse(sealer.open(row.sealed, { table: 'credential', id: row.id })) as Tokens
  return {
    ...tokens,
    refreshExpiresAt: dateOf(tokens.refreshExpiresAt),
    accessExpiresAt: dateOf(tokens.accessExpiresAt),
  }
}

/** A date as JSON keeps it. */
function dateOf(value: unknown): Date | null {
  return typeof value === 'string' ? new Date(value) : null
}
