import { spawn } from 'node:child_process'
import type { ChildProcess, StdioOptions } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chown, readFile, realpath, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { RollcallError } from '../../base/rollcall-error.ts'
import { letPass } from '../home.ts'
import type { Home } from '../home.ts'
import type { Binaries } from './binaries.ts'

/** Runs PostgreSQL's programs as a user it accepts: itself, or for root another one, since it refuses to run as root. */
export interface ServerUser {
  /** Null when it is the user of this process. */
  readonly uid: number | null
  readonly spawn: (program: string, args: readonly string[], stdio: StdioOptions) => ChildProcess
  /** Gives a folder to this user. */
  readonly own: (path: string) => Promise<void>
}

interface Ids {
  readonly uid: number
  readonly gid: number
}

const NOBODY: Ids = { uid: 65_534, gid: 65_534 }

/** Who runs the server of this data folder. Error: `database_unavailable` when root can find no one who could. */
export async function findServerUser(
  home: Pick<Home, 'dir' | 'postgresDir'>,
  binaries: Binaries,
): Promise<ServerUser> {
  // Messages in English and plain bytes, whatever the caller's locale.
  const env = { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' }
  const options = { env, cwd: '/', detached: true }
  if (process.getuid?.() !== 0) {
    return {
      uid: null,
      own: async () => {},
      spawn: (program, args, stdio) => spawn(program, args, { ...options, stdio }),
    }
  }
  const ids = await chooseUser(home)
  const own = (path: string): Promise<void> => chown(path, ids.uid, ids.gid)
  if (ids.uid !== (await stat(home.dir)).uid) await letPass(home.dir)
  const canReach = (await isReachable(binaries.postgres, ids)) && (await isReachable(home.postgresDir, ids))
  if (canReach) {
    return {
      uid: ids.uid,
      own,
      spawn: (program, args, stdio) => spawn(program, args, { ...options, ...ids, stdio }),
    }
  }
  const setpriv = findSetpriv(home.dir)
  // Not root, but with root's way through closed folders, such as /root or what `mktemp -d` makes.
  const way = ['--clear-groups', '--inh-caps=+dac_override', '--ambient-caps=+dac_override', '--']
  const prefix = [`--reuid=${ids.uid}`, `--regid=${ids.gid}`, ...way]
  return {
    uid: ids.uid,
    own,
    spawn: (program, args, stdio) => spawn(setpriv, [...prefix, program, ...args], { ...options, stdio }),
  }
}

function findSetpriv(dir: string): string {
  const found = ['/usr/bin/setpriv', '/bin/setpriv'].find((path) => existsSync(path))
  if (found !== undefined) return found
  const detail = `PostgreSQL refuses to run as root, and no other user can access ${dir}. Run Rollcall as an ordinary user, choose a ROLLCALL_HOME that other users may enter, or set DATABASE_URL.`
  throw new RollcallError('database_unavailable', { detail })
}

/** The owner of the data, so that it can still be read where `nobody` has another number. */
async function chooseUser(home: Pick<Home, 'dir' | 'postgresDir'>): Promise<Ids> {
  for (const path of [home.postgresDir, home.dir]) {
    const found = await stat(path).catch(() => null)
    if (found !== null && found.uid !== 0) return { uid: found.uid, gid: found.gid }
  }
  const users = await readFile('/etc/passwd', 'utf8').catch(() => '')
  const nobody = users
    .split('\n')
    .find((line) => line.startsWith('nobody:'))
    ?.split(':')
  return nobody === undefined ? NOBODY : { uid: Number(nobody[2]), gid: Number(nobody[3]) }
}

/** Whether a user may pass through all folders above a path. The path itself need not be there. */
async function isReachable(path: string, { uid }: Ids): Promise<boolean> {
  for (let dir = await realpath(dirname(path)); ; dir = dirname(dir)) {
    const found = await stat(dir)
    const isOpen = (found.mode & (found.uid === uid ? 0o100 : 0o001)) !== 0
    if (!isOpen) return false
    if (dir === dirname(dir)) return true
  }
}
