import { randomBytes } from 'node:crypto'
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { escapeLiteral } from 'pg'
import type { Client } from 'pg'
import { RollcallError } from '../../base/rollcall-error.ts'
import type { Home } from '../home.ts'
import type { ServerUser } from './server-user.ts'

/**
 * The password of the embedded server. Its socket can be reached by whatever runs as the same user, and by whatever SQL can be talked
 * into connecting there, so the server asks everyone for a password. It lies beside the data, readable for that user alone.
 */

export const SUPERUSER = 'rollcall'

const PASSWORD_BYTES = 32
const HBA_FILE = 'pg_hba.conf'

/** Nothing but the socket, and no one without a password. */
const HBA = `# Written by Rollcall. Its own processes read the password from a file beside this one.
local all all scram-sha-256
`

export function passwordFileOf(postgresDir: string): string {
  return join(postgresDir, 'rollcall.password')
}

/** Null when there is none, as in a data folder of a version that had none. */
export async function readPassword({ postgresDir }: Pick<Home, 'postgresDir'>): Promise<string | null> {
  try {
    return await readFile(passwordFileOf(postgresDir), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** A file with a new password. */
export async function writePassword(file: string, user: ServerUser): Promise<void> {
  await writeFile(file, randomBytes(PASSWORD_BYTES).toString('base64url'), { mode: 0o600, flush: true })
  await user.own(file)
}

/** Lets no one into a server that has not been started yet without the password. */
export async function writeAccessRules(postgresDir: string, user: ServerUser): Promise<void> {
  const temporary = join(postgresDir, `${HBA_FILE}.${randomBytes(6).toString('hex')}`)
  await writeFile(temporary, HBA, { mode: 0o600, flush: true })
  await user.own(temporary)
  await rename(temporary, join(postgresDir, HBA_FILE))
}

/**
 * Makes a running server that lets `client` in without a password ask for one from now on. Killed at any point, the next process
 * finds a server that asks already, or one that still does not and begins again: the file is there before the server knows of
 * its password, and the server knows of it before it asks. Resolves when it asks. Error: `database_unavailable`.
 */
export async function demandPassword(options: {
  readonly home: Pick<Home, 'postgresDir'>
  readonly user: ServerUser
  readonly client: Client
  /** Whether the server asks a new connection. */
  readonly asks: () => Promise<boolean>
  readonly waitMs: number
}): Promise<void> {
  const { home, user, client, asks, waitMs } = options
  const password = await ensurePassword(home, user)
  // Of two that change a role at once, one would fail.
  await client.query('select pg_advisory_lock(7205, 2)')
  await client.query(`alter role ${SUPERUSER} password ${escapeLiteral(password)}`)
  await writeAccessRules(home.postgresDir, user)
  await client.query('select pg_reload_conf(), pg_advisory_unlock(7205, 2)')
  const deadlineMs = performance.now() + waitMs
  while (!(await asks())) {
    if (performance.now() > deadlineMs) {
      const detail = 'the embedded PostgreSQL did not apply its access rules'
      throw new RollcallError('database_unavailable', { detail })
    }
    await sleep(20)
  }
}

/** Of several processes that make one at a time, all get that of the first. */
async function ensurePassword(home: Pick<Home, 'postgresDir'>, user: ServerUser): Promise<string> {
  const found = await readPassword(home)
  if (found !== null) return found
  const file = passwordFileOf(home.postgresDir)
  const temporary = `${file}.${randomBytes(6).toString('hex')}`
  await writePassword(temporary, user)
  try {
    await link(temporary, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await rm(temporary, { force: true })
  }
  return readFile(file, 'utf8')
}
