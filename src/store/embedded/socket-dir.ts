import { createHash } from 'node:crypto'
import { lstat, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RollcallError } from '../../base/rollcall-error.ts'
import type { Home } from '../home.ts'
import type { ServerUser } from './server-user.ts'

/** What the address of a Unix socket holds, less the `/.s.PGSQL.5432` that the server adds. */
const SOCKET_DIR_BYTES_MAX = (process.platform === 'darwin' ? 103 : 107) - '/.s.PGSQL.5432'.length

/** The folder of the server's socket. A user who may enter it may use the server, so no one else may. */
export async function ensureSocketDir(home: Pick<Home, 'dir'>, user: ServerUser): Promise<string> {
  const dir = socketDirOf(home.dir)
  const made = await mkdir(dir, { mode: 0o700 }).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false
      const detail = `the folder ${dir} cannot be created (${error.code}). Set TMPDIR to a folder that this user may write to, or choose a shorter ROLLCALL_HOME`
      throw new RollcallError('database_unavailable', { detail }, { cause: error })
    },
  )
  if (made) await user.own(dir)
  const found = await lstat(dir)
  const ownUid = process.getuid?.()
  const serverUid = user.uid ?? ownUid
  const isOurs = found.isDirectory() && (found.mode & 0o077) === 0 && [serverUid, ownUid].includes(found.uid)
  if (!isOurs) {
    throw new RollcallError('database_unavailable', { detail: `${dir} belongs to another user; remove it` })
  }
  if (found.uid !== serverUid) await user.own(dir)
  return dir
}

function socketDirOf(homeDir: string): string {
  const inside = join(homeDir, 'run')
  if (Buffer.byteLength(inside) <= SOCKET_DIR_BYTES_MAX) return inside
  return join(tmpdir(), `rollcall-${createHash('sha256').update(homeDir).digest('hex').slice(0, 16)}`)
}
