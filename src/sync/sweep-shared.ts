import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { sweepCopies } from '../ledger/snapshots.ts'
import type { Home } from '../store/home.ts'
import type { Store } from '../store/store.ts'

/**
 * Deletes what this machine keeps of work that went on at another one: copies of snapshots and spools, and the rows that a
 * killed worker staged. What a run needs here is younger than `ageMs`, or recorded as needed.
 */
export async function sweepShared(
  { store, home }: { store: Pick<Store, 'db' | 'isShared'>; home: Pick<Home, 'ledgerDir' | 'workDir'> },
  ageMs: number,
): Promise<void> {
  if (!store.isShared) return
  await sweepCopies({ store, home }, ageMs)
  const here = (await readdir(home.workDir)).filter((name) => name.startsWith('wf_'))
  if (here.length === 0) return
  const running = await store.db
    .selectFrom('workflow')
    .select('id')
    .where('id', 'in', here)
    .where('state', '=', 'running')
    .execute()
  const kept = new Set(running.map(({ id }) => id))
  for (const path of here.filter((name) => !kept.has(name)).map((name) => join(home.workDir, name))) {
    const found = await stat(path).catch(() => null)
    if (found !== null && Date.now() - found.mtimeMs > ageMs) await rm(path, { recursive: true, force: true })
  }
}
