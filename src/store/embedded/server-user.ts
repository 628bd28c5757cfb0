import { spawn } from 'node:child_process'
import type { ChildProcess, StdioOptions } from 'node:child_process'
import { chown, readFile, stat } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { RollcallError } from '../../base/rollcall-error.ts'
import { letPass } from '../home.ts'
import type { Home } from '../home.ts'
import { isReachableByAll } from './binaries.ts'
import type { Binaries } from './binaries.ts'

/** Runs PostgreSQL's programs as a user it accepts: itself, or for root another one, since it refuses to run as root. */
export interface ServerUser {
  /** Null when it is the user of this process. */
  readonly uid: number | null
  readonly spawn: (program: string, args: readonly string[], stdio: StdioOptions) => ChildProcess
  /** Gives a folder to this user. */
  readonly own: (path: string) => Promise<void>
}

const SETPRIV = '/usr/bin/setpriv'
const NOBODY = { uid: 65_534, gid: 65_534 }

/** Who runs the server of this data folder. Error: `database_unavailable` when root can find nobody who could. */
export async function findServerUser(home: Pick<Home, 'dir'>, binaries: Binaries): Promise<ServerUser> {
  // Messages in English and plain bytes, whatever the caller's locale.
  const env = { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' }
  if (process.getuid?.() !== 0) {
    return {
      uid: null,
      spawn: (program, args, stdio) => spawn(program, args, { stdio, env, cwd: '/', detached: true }),
      own: async () => {},
    }
  }
  const { uid, gid } = await chooseUser(home.dir)
  const own = (path: string): Promise<void> => chown(path, uid, gid)
  if (uid !== (await stat(home.dir)).uid) await letPass(home.dir)
  if ((await isReachableByAll(binaries.postgres)) && (await isReachableByAll(`${home.dir}/postgres`))) {
    const options = { env, cwd: '/', detached: true, uid, gid }
    return { uid, own, spawn: (program, args, stdio) => spawn(program, args, { ...options, stdio }) }
  }
  if (!existsSync(SETPRIV)) {
    const detail = `PostgreSQL refuses to run as root, and no other user can reach ${home.dir}. Run Rollcall as an ordinary user, choose a ROLLCALL_HOME that others may enter, or set DATABASE_URL.`
    throw new RollcallError('database_unavailable', { detail })
  }
  // Not root, but with root's way through closed folders, such as /root or what `mktemp -d` makes.
  const ids = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups']
  const way = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override', '--']
  return {
    uid,
    own,
    spawn: (program, args, stdio) =>
      spawn(SETPRIV, [...ids, ...way, program, ...args], { stdio, env, cwd: '/', detached: true }),
  }
}

async function chooseUser(dir: string): Promise<{ uid: number; gid: number }> {
  const { uid, gid } = await stat(dir)
  if (uid !== 0) return { uid, gid }
  const users = await readFile('/etc/passwd', 'utf8').catch(() => '')
  const nobody = users
    .split('\n')
    .find((line) => line.startsWith('nobody:'))
    ?.split(':')
  return nobody === undefined ? NOBODY : { uid: Number(nobody[2]), gid: Number(nobody[3]) }
}
