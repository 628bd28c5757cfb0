import { mkdtemp, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ROOM_BYTES = 2 ** 30

/**
 * A new, empty folder: in memory where there is one with room, since tests wait for the disk more than for anything
 * else. Whoever asks removes it.
 */
export async function makeFolder(name: string): Promise<{ dir: string; remove: () => Promise<void> }> {
  const found = await statfs('/dev/shm').catch(() => null)
  const parent = found !== null && found.bavail * found.bsize > ROOM_BYTES ? '/dev/shm' : tmpdir()
  const dir = await mkdtemp(join(parent, `rollcall-${name}-`))
  return { dir, remove: async () => rm(dir, { recursive: true, force: true, maxRetries: 3 }) }
}
