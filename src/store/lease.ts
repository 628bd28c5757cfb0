import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Client } from 'pg'
import type { DatabaseKind } from './connection-errors.ts'
import type { Tables } from './schema.ts'

/**
 * The lease of a lock: until when its holder has it without another sign of life. Its row says who that is, so that a silent holder's
 * connection can be ended: with it go the lock, and every statement that the holder may still make on that connection.
 */
export interface Lease {
  readonly name: string
  /** Rises with every holder of this name. */
  readonly fence: number
}

const KEY = 'hashtextextended($1, 0)'

/**
 * Takes the lock and its lease for the connection `client`, or null while another has either. A holder whose lease has run out loses its
 * connection, so that the lock is free at the next try.
 */
export async function tryLease(
  client: Client,
  options: { readonly name: string; readonly kind: DatabaseKind; readonly takeoverMs: number },
): Promise<Lease | null> {
  const { name, kind, takeoverMs } = options
  const { rows } = await client.query<{ taken: boolean }>(`select pg_try_advisory_lock(${KEY}) as taken`, [
    name,
  ])
  if (rows[0]?.taken !== true) {
    await endSilentHolder(client, name)
    return null
  }
  // Where a server takes the place of another, locks are gone while their holders may know nothing of it. The embedded one's do.
  const server = kind === 'embedded' ? "'embedded'" : 'pg_postmaster_start_time()::text'
  const { rows: leases } = await client.query<{ fence: string }>(
    `insert into lock_lease as lease (name, fence, pid, server, expires_at)
     values ($1, 1, pg_backend_pid(), ${server},
       clock_timestamp() + $2 * interval '1 ms')
     on conflict (name) do update set fence = lease.fence + 1, pid = excluded.pid, server = excluded.server,
       expires_at = excluded.expires_at
     where lease.server = excluded.server or lease.expires_at < clock_timestamp()
     returning fence`,
    [name, takeoverMs],
  )
  const [lease] = leases
  if (lease !== undefined) return { name, fence: Number(lease.fence) }
  await client.query(`select pg_advisory_unlock(${KEY})`, [name])
  return null
}

/** It is the one that the lease names: who has just taken the lock has not written it yet. */
async function endSilentHolder(client: Client, name: string): Promise<void> {
  const text = `select pg_terminate_backend(lease.pid) from lock_lease lease
    join pg_locks held on held.pid = lease.pid and held.locktype = 'advisory' and held.granted and held.objsubid = 1
      and held.database = (select oid from pg_database where datname = current_database())
      and held.classid = ((${KEY} >> 32) & 4294967295)::oid and held.objid = (${KEY} & 4294967295)::oid
    where lease.name = $1 and lease.expires_at < clock_timestamp()`
  // A role of its own may have it, whose connections are not ours to end.
  await client.query(text, [name]).catch((error: { code?: string }) => {
    if (error.code !== '42501') throw error
  })
}

/** False when another has the lock by now. */
export async function renewLease(
  db: Kysely<Tables>,
  { name, fence }: Lease,
  takeoverMs: number,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('lock_lease')
    .set({ expires_at: sql<Date>`clock_timestamp() + ${takeoverMs} * interval '1 ms'` })
    .where('name', '=', name)
    .where('fence', '=', fence)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Lets the next holder in at once, whatever server it comes to. */
export async function endLease(client: Client, { name, fence }: Lease): Promise<void> {
  const text = `update lock_lease set pid = 0, expires_at = '-infinity' where name = $1 and fence = $2`
  await client.query(text, [name, fence])
}
