import { randomBytes } from 'node:crypto'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { lstat, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { RollcallError } from '../../base/rollcall-error.ts'
import type { Home } from '../home.ts'
import type { Binaries } from './binaries.ts'
import type { ServerUser } from './server-user.ts'

export const SUPERUSER = 'rollcall'

/** Makes the server's data folder when it is not there: beside its place first, then moved there whole. */
export async function ensureDataFolder(home: Home, binaries: Binaries, user: ServerUser): Promise<void> {
  if (existsSync(join(home.postgresDir, 'PG_VERSION'))) return
  await sweepUnfinished(home)
  const temporary = `${home.postgresDir}.new-${randomBytes(6).toString('hex')}`
  await mkdir(temporary, { mode: 0o700 })
  await user.own(temporary)
  const args = [
    '-D',
    temporary,
    '-U',
    SUPERUSER,
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--locale=C',
    '--no-instructions',
  ]
  const { code, text } = await runToEnd(user, binaries.initdb, args)
  if (code !== 0) {
    await rm(temporary, { recursive: true, force: true })
    if (/No space left/.test(text)) throw new RollcallError('disk_full', { detail: home.dir })
    const reason = text.split('\n').find((line) => /error|fatal/i.test(line)) ?? `initdb ended with ${code}`
    throw new RollcallError('database_unavailable', {
      detail: `the embedded PostgreSQL could not be set up: ${reason}`,
    })
  }
  try {
    await rename(temporary, home.postgresDir)
  } catch (error) {
    // Another process was first; its folder is as good as ours.
    await rm(temporary, { recursive: true, force: true })
    if (!existsSync(join(home.postgresDir, 'PG_VERSION'))) throw error
  }
}

const UNFINISHED_AGE_MS = 10 * 60_000

/** Deletes what a killed set-up left. A young one may be another process at work. */
async function sweepUnfinished(home: Home): Promise<void> {
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
    child.on('error', (error) => resolve({ code: null, text: error.message }))
    child.on('close', (code) => resolve({ code, text }))
  })
}

/** Unix socket addresses hold 107 bytes, and the server adds `/.s.PGSQL.5432`. */
const SOCKET_DIR_BYTES_MAX = 92

/** The folder of the server's socket. Who may enter it may use the server, so nobody else may. */
export async function ensureSocketDir(home: Home, user: ServerUser): Promise<string> {
  const inside = join(home.dir, 'run')
  const isShort = Buffer.byteLength(inside) <= SOCKET_DIR_BYTES_MAX
  const digest = createHash('sha256').update(home.dir).digest('hex').slice(0, 16)
  const dir = isShort ? inside : join(tmpdir(), `rollcall-${digest}`)
  const made = await mkdir(dir, { mode: 0o700 }).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false
      throw error
    },
  )
  if (made) await user.own(dir)
  const found = await lstat(dir)
  const owner = user.uid ?? process.getuid?.()
  const isOurs =
    found.isDirectory() &&
    (found.mode & 0o077) === 0 &&
    (found.uid === owner || found.uid === process.getuid?.())
  if (!isOurs) {
    throw new RollcallError('database_unavailable', { detail: `${dir} belongs to somebody else; remove it` })
  }
  if (found.uid !== owner) await user.own(dir)
  return dir
}

/** Pid of the running server, from its lock file; null when there is none or its process is gone. */
export async function serverPid(home: Pick<Home, 'postgresDir'>): Promise<number | null> {
  const file = join(home.postgresDir, 'postmaster.pid')
  const pid = Number((await readFile(file, 'utf8').catch(() => '')).split('\n')[0])
  if (!Number.isSafeInteger(pid) || pid <= 0 || !isAlive(pid)) return null
  if (await isPostgres(pid)) return pid
  // After a reboot the number may belong to something else, which PostgreSQL would take for a server.
  await rm(file, { force: true })
  return null
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

async function isPostgres(pid: number): Promise<boolean> {
  if (process.platform !== 'linux') return true
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => null)
  // A process that is just ending shows an empty command line; its number is still its own.
  return command === null || command === '' || /postgres/.test(command)
}
