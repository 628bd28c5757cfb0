import type { Client } from 'pg'
import type { OwnDatabase } from '../../base/own-database.ts'
import { RollcallError } from '../../base/rollcall-error.ts'

/**
 * Refuses to read from Rollcall's own database, by whatever way it was reached: it holds passwords and keys, and its user may do
 * everything there. It is known by what the server says of itself, since an address proves nothing. Error: `source_refused`.
 */
export async function refuseOwnDatabase(client: Client, own: OwnDatabase | null): Promise<void> {
  if (own === null) return
  if (await isMarked(client, own)) throw refused('belongs to Rollcall itself')
  if (own.systemId === null || (await systemIdOf(client)) !== own.systemId) return
  if (!own.isShared) throw refused("is on Rollcall's own embedded server")
  if (await isPowerful(client, own)) {
    throw refused(
      "is on Rollcall's own server, and this user has Rollcall's rights there. Use a separate, read-only user",
    )
  }
}

async function isMarked(client: Client, { marker }: OwnDatabase): Promise<boolean> {
  const text =
    'SELECT EXISTS (SELECT FROM pg_catalog.pg_description d WHERE d.description OPERATOR(pg_catalog.=) $1) AS yes'
  // A server that is no PostgreSQL may not know it.
  return isTrue(client, text, [marker]).catch(() => false)
}

/** Null for servers that do not tell, or are no PostgreSQL. */
async function systemIdOf(client: Client): Promise<string | null> {
  const text = 'SELECT c.system_identifier::text AS id FROM pg_catalog.pg_control_system() c'
  const { rows } = await client.query<{ id: string }>(text).catch(() => ({ rows: [] }))
  return rows[0]?.id ?? null
}

async function isPowerful(client: Client, { role }: OwnDatabase): Promise<boolean> {
  const text = `SELECT r.rolsuper OR pg_catalog.pg_has_role(r.oid, $1::pg_catalog.name, 'MEMBER') AS yes
    FROM pg_catalog.pg_roles r WHERE r.rolname OPERATOR(pg_catalog.=) CURRENT_USER`
  return isTrue(client, text, [role])
}

async function isTrue(client: Client, text: string, values: string[]): Promise<boolean> {
  const { rows } = await client.query<{ yes: boolean }>(text, values)
  return rows[0]?.yes === true
}

function refused(what: string): RollcallError {
  return new RollcallError('source_refused', { detail: `this database ${what}` })
}
