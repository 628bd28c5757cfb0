import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { RollcallError } from '../../base/rollcall-error.ts'
import type { Home } from '../home.ts'
import type { Binaries } from './binaries.ts'
import type { ServerUser } from './server-user.ts'

export const SUPERUSER = 'rollcall'

/** Makes the server's data folder when it is not there: beside its place first, then moved there whole. */
export async function ensureDataFolder(home: Home, binaries: Binaries, user: ServerUser): Promise<void> {
  if (isMade(home)) return
  await sweepUnfinished(home)
  const temporary = `${home.postgresDir}.new-${randomBytes(6).toString('hex')}`
  await mkdir(temporary, { mode: 0o700 })
  try {
    await user.own(temporary)
    await initialise(temporary, home, binaries, user)
    await rename(temporary, home.postgresDir)
  } catch (error) {
    await rm(temporary, { recursive: true, force: true })
    // Another process was first; its folder is as good as ours.
    if (isMade(home)) return
    if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error
    const detail = `${home.postgresDir} is not a PostgreSQL data folder. Move it away, or choose another ROLLCALL_HOME.`
    throw new RollcallError('database_unavailable', { detail }, { cause: error })
  }
}

function isMade(home: Home): boolean {
  return existsSync(join(home.postgresDir, 'PG_VERSION'))
}

async function initialise(dir: string, home: Home, binaries: Binaries, user: ServerUser): Promise<void> {
  const args = ['-D', dir, '-U', SUPERUSER, '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-instructions']
  const { code, text } = await runToEnd(user, binaries.initdb, args)
  if (code === 0) return
  if (text.includes('No space left')) throw new RollcallError('disk_full', { detail: home.dir })
  const reason = text.split('\n').find((line) => /error|fatal/i.test(line)) ?? `initdb ended with ${code}`
  throw new RollcallError('database_unavailable', {
    detail: `the embedded PostgreSQL could not be set up: ${reason}`,
  })
}

const UNFINISHED_AGE_MS = 10 * 60_000

/** Deletes what a killed set-up left. A young one may be another process at work. */
export async function sweepUnfinished(home: Home): Promise<void> {
  const prefix = `${basename(home.postgresDir)}.new-`
  const names = (await readdir(home.dir)).filter((name) => name.startsWith(prefix))
  for (const name of names) {
    const path = join(home.dir, name)
    const made = await stat(path).catch(() => null)
    if (made !== null && Date.now() - made.mtimeMs > UNFINISHED_AGE_MS)
      await rm(path, { recursive: true, force: true })
  }
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
