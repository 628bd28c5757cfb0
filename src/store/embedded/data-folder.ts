import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { hasEnded, ownMark } from '../../base/processes.ts'
import { RollcallError } from '../../base/rollcall-error.ts'
import type { Home } from '../home.ts'
import type { Binaries } from './binaries.ts'
import { passwordFileOf, SUPERUSER, writeAccessRules, writePassword } from './password.ts'
import type { ServerUser } from './server-user.ts'

/** Makes the server's data folder when it is not there: beside its place first, then moved there whole. */
export async function ensureDataFolder(home: Home, binaries: Binaries, user: ServerUser): Promise<void> {
  await sweepUnfinished(home)
  if (isMade(home)) return
  const temporary = `${home.postgresDir}.new-${ownMark()}-${randomBytes(6).toString('hex')}`
  const passwordFile = `${temporary}.password`
  await mkdir(temporary, { mode: 0o700 })
  try {
    await user.own(temporary)
    // The folder must be empty for now.
    await writePassword(passwordFile, user)
    await initialise({ dir: temporary, passwordFile, home, binaries, user })
    await rename(passwordFile, passwordFileOf(temporary))
    await writeAccessRules(temporary, user)
    await rename(temporary, home.postgresDir)
  } catch (error) {
    for (const path of [temporary, passwordFile]) await rm(path, { recursive: true, force: true })
    // Another process was first; its folder is as good as ours.
    if (isMade(home)) return
    if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error
    const detail = `${home.postgresDir} is not a PostgreSQL data folder. Move it, or choose another ROLLCALL_HOME.`
    throw new RollcallError('database_unavailable', { detail }, { cause: error })
  }
}

function isMade(home: Home): boolean {
  return existsSync(join(home.postgresDir, 'PG_VERSION'))
}

async function initialise(options: {
  dir: string
  passwordFile: string
  home: Home
  binaries: Binaries
  user: ServerUser
}): Promise<void> {
  const { dir, passwordFile, home, binaries, user } = options
  const access = ['-U', SUPERUSER, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`]
  const args = ['-D', dir, ...access, '-E', 'UTF8', '--locale=C', '--no-instructions']
  const { code, text } = await runToEnd(user, binaries.initdb, args)
  if (code === 0) return
  if (text.includes('No space left')) throw new RollcallError('disk_full', { detail: home.dir })
  if (NAMELESS.test(text)) {
    const detail = `user ID ${user.uid ?? process.getuid?.()} has no name on this system, and PostgreSQL cannot be set up without one. Add the user to /etc/passwd, or set DATABASE_URL to a PostgreSQL of your own.`
    throw new RollcallError('database_unavailable', { detail })
  }
  const reason =
    text.split('\n').find((line) => /error|fatal|could not/i.test(line)) ?? `initdb ended with ${code}`
  throw new RollcallError('database_unavailable', {
    detail: `the embedded PostgreSQL could not be set up: ${reason}`,
  })
}

/** As in containers that run under a number of their own choice. */
const NAMELESS = /could not look up effective user/

/** What a set-up calls its folder and its file, now and before marks were made. Others are a person's own, such as a backup. */
const UNFINISHED = /^(?:[0-9a-f]{8}-\d+-)?[0-9a-f]{12}(?:\.password)?$/
const UNFINISHED_AGE_MS = 10 * 60_000

/**
 * Deletes what a killed set-up left, as soon as the process that made it is gone. Of one on another machine no one here knows that, so
 * it is given time.
 */
async function sweepUnfinished(home: Home): Promise<void> {
  const prefix = `${basename(home.postgresDir)}.new-`
  const names = (await readdir(home.dir)).filter((name) => name.startsWith(prefix))
  for (const name of names) {
    const path = join(home.dir, name)
    if (!(await isLeftOver(path, name.slice(prefix.length)))) continue
    // What an orphan of the set-up still writes goes with the next sweep.
    await rm(path, { recursive: true, force: true }).catch(() => undefined)
  }
}

async function isLeftOver(path: string, mark: string): Promise<boolean> {
  if (!UNFINISHED.test(mark)) return false
  if (await hasEnded(mark)) return true
  const made = await stat(path).catch(() => null)
  return made !== null && Date.now() - made.mtimeMs > UNFINISHED_AGE_MS
}

async function runToEnd(
  user: ServerUser,
  program: string,
  args: readonly string[],
): Promise<{ code: number | null; text: string }> {
  const child = user.spawn(program, args, ['ignore', 'pipe', 'pipe'])
  let text = ''
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()))
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ code: null, text: `error: ${error.message}` }))
    child.on('close', (code) => resolve({ code, text }))
  })
}
