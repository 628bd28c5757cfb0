import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import { newId } from '../base/ids.ts'
import { RollcallError } from '../base/rollcall-error.ts'
import type { TokenVault, Tokens } from '../pinterest/types.ts'
import type { Tables } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import type { Sealer } from './seal.ts'

type Environment = Readonly<Record<string, string | undefined>>
type Db = Kysely<Tables>

const VARIABLES = ['PINTEREST_APP_ID', 'PINTEREST_APP_SECRET', 'PINTEREST_REFRESH_TOKEN'] as const

interface Seed {
  readonly appId: string
  readonly appSecret: string
  readonly refreshToken: string
}

/**
 * The tokens of one credential, sealed in the store. The environment makes it at first use; later rotations live in the
 * store and win, until a person sets other values there, which means a new authorization. Error:
 * `authorization_error` when there is neither.
 */
export async function openVault(options: {
  store: Pick<Store, 'db'>
  sealer: Sealer
  env: Environment
  name: string
}): Promise<TokenVault> {
  const { store, sealer, env, name } = options
  const seed = seedOf(env, name)
  if (seed !== null) await plant(store.db, sealer, name, seed)
  await readRow(store.db, name)
  return {
    name,
    read: async () => tokensOf(sealer, await readRow(store.db, name)),
    renew: async (exchange) =>
      store.db.transaction().execute(async (tx) => {
        // The row stays locked while the tokens are exchanged, so that one process at a time does it.
        const row = await readRow(tx, name, true)
        const current = tokensOf(sealer, row)
        const renewed = await exchange(current)
        if (renewed !== current) await write(tx, sealer, row.id, renewed)
        return renewed
      }),
  }
}

function seedOf(env: Environment, name: string): Seed | null {
  const missing = VARIABLES.filter((variable) => !env[variable])
  if (missing.length === VARIABLES.length) return null
  if (missing.length > 0) {
    throw noCredential(name, `${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} not set`)
  }
  const [appId, appSecret, refreshToken] = VARIABLES.map((variable) => env[variable]?.trim() ?? '')
  return { appId: appId ?? '', appSecret: appSecret ?? '', refreshToken: refreshToken ?? '' }
}

function noCredential(name: string, detail: string): RollcallError {
  return new RollcallError('authorization_error', { credential: name, detail })
}

async function readRow(db: Db, name: string, lock = false) {
  let query = db.selectFrom('credential').select(['id', 'sealed', 'seed_digest']).where('name', '=', name)
  if (lock) query = query.forUpdate()
  const row = await query.executeTakeFirst()
  if (row !== undefined) return row
  throw noCredential(name, `there is no credential yet; set ${VARIABLES.join(', ')}`)
}

/** Makes the credential, or replaces it when a person set other values than it was made from. */
async function plant(db: Db, sealer: Sealer, name: string, seed: Seed): Promise<void> {
  const digest = sealer.digest(JSON.stringify([seed.appId, seed.appSecret, seed.refreshToken]))
  const tokens: Tokens = { ...seed, refreshExpiresAt: null, accessToken: null, accessExpiresAt: null }
  await db.transaction().execute(async (tx) => {
    const id = newId('cr')
    const made = await tx
      .insertInto('credential')
      .values({
        id,
        name,
        sealed: sealTokens(sealer, id, tokens),
        seed_digest: digest,
        access_expires_at: null,
        refresh_expires_at: null,
      })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .returning('id')
      .executeTakeFirst()
    if (made !== undefined) return
    const row = await readRow(tx, name, true)
    if (row.seed_digest === digest) return
    await write(tx, sealer, row.id, tokens)
    await tx.updateTable('credential').set({ seed_digest: digest }).where('id', '=', row.id).execute()
  })
}

async function write(db: Db, sealer: Sealer, id: string, tokens: Tokens): Promise<void> {
  await db
    .updateTable('credential')
    .set({
      sealed: sealTokens(sealer, id, tokens),
      access_expires_at: tokens.accessExpiresAt,
      refresh_expires_at: tokens.refreshExpiresAt,
      updated_at: sql<Date>`now()`,
    })
    .where('id', '=', id)
    .execute()
}

function sealTokens(sealer: Sealer, id: string, tokens: Tokens): string {
  return sealer.seal(JSON.stringify(tokens), { table: 'credential', id })
}

function tokensOf(sealer: Sealer, row: { id: string; sealed: string }): Tokens {
  const tokens = JSON.parse(sealer.open(row.sealed, { table: 'credential', id: row.id })) as Tokens
  return {
    ...tokens,
    refreshExpiresAt: dateOf(tokens.refreshExpiresAt),
    accessExpiresAt: dateOf(tokens.accessExpiresAt),
  }
}

/** JSON keeps a date as text. */
function dateOf(value: unknown): Date | null {
  return typeof value === 'string' ? new Date(value) : null
}
