import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { Limits } from '../../base/limits.ts'
import type { Home } from '../../store/home.ts'
import type { Engine, LeftOptions } from '../contract.ts'
import { createDuckdbEngine } from './duckdb/engine.ts'
import { loadEngine } from './duckdb/session.ts'
import { LocalRun } from './run.ts'
import type { LocalParts } from './run.ts'
import { countRows, listTables, previewQuery, probeQuery } from './preview.ts'
import { checkRejectsFile } from './records/rejects-file.ts'
import { deleteOld, isOfRun, keptFolders, LOOK, namesIn, stageDir } from './whereabouts.ts'

interface LocalOptions extends Pick<LocalParts, 'store'> {
  readonly home: Pick<Home, 'ledgerDir' | 'workDir' | 'tempDir'>
  readonly limits: Limits
}

/**
 * The engine of this machine: DuckDB reads and hashes rows, and hashes lie in sorted files of the data folder. When machines share a
 * database, it stores copies there.
 */
export function createLocalEngine(options: LocalOptions): Engine {
  const { home, store, limits } = options
  const { tempDir } = home
  const parts = { home, store, folders: createDuckdbEngine({ limits, tempDir }) }
  return {
    openRun: (run) => new LocalRun(parts, run),
    // Staged rows lie on one machine only, so machines that share a database may hold those of different times.
    hasStage: async (stage) => !store.isShared && isThere(stageDir(home, stage)),
    checkRejects: checkRejectsFile,
    preview: (look) => previewQuery({ ...look, tempDir }),
    countRows: (look) => countRows({ ...look, tempDir }),
    probe: (look) => probeQuery({ ...look, tempDir }),
    listTables: (look) => listTables({ ...look, tempDir }),
    sweepLeft: (left) => sweepLeft(parts, left),
    close: () => Promise.resolve(),
  }
}

/** Loads beforehand what the first rows need. If this fails, the first use reports it. */
export function preloadLocalEngine(): void {
  void loadEngine().catch(() => undefined)
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

/** Copies are kept for other machines alone: with a database of the data folder's own, the next run of a list tidies up behind the last. */
async function sweepLeft({ home, store }: LocalParts, { ageMs, kept, running }: LeftOptions): Promise<void> {
  const work = await namesIn(home.workDir)
  await deleteOld(
    home.workDir,
    work.filter((name) => name.startsWith(LOOK)),
    ageMs,
  )
  if (!store.isShared) return
  const lists = await namesIn(home.ledgerDir)
  for (const [list, named] of lists.length === 0 ? [] : await kept(lists)) {
    const folder = join(home.ledgerDir, list)
    const keep = keptFolders(named)
    await deleteOld(
      folder,
      (await namesIn(folder)).filter((name) => !keep.has(name)),
      ageMs,
    )
  }
  const runs = work.filter(isOfRun)
  const goOn = new Set(runs.length === 0 ? [] : await running(runs))
  await deleteOld(
    home.workDir,
    runs.filter((name) => !goOn.has(name)),
    ageMs,
  )
}
