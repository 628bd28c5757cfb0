import { isRollcallError } from '../base/rollcall-error.ts'
import type { RowEngine } from '../engine/engine.ts'
import { spoolHead } from '../engine/spool.ts'

/** A few of those whom a change set adds and removes, so that a person can judge it. */
export interface ChangeSample {
  /** Masked addresses if they were found quickly, else the beginnings of hashes. */
  readonly arrivals: readonly string[]
  /** Beginnings of hashes: of those who leave nothing else is known. */
  readonly departures: readonly string[]
}

const SAMPLE_COUNT = 5
const HASH_CHARS_SHOWN = 12

/** Reads a few rows of the source again; one that fails by now costs the addresses and not the run. */
export async function sampleChange(
  options: Omit<Parameters<RowEngine['sampleArrivals']>[0], 'count'> & { readonly engine: RowEngine },
): Promise<ChangeSample> {
  const { engine, spoolDir } = options
  const masked = await engine.sampleArrivals({ ...options, count: SAMPLE_COUNT }).catch(noneUnlessStopped)
  const arrivals = masked.length > 0 ? masked : await sampleHashes(spoolDir, 'add')
  return { arrivals, departures: await sampleHashes(spoolDir, 'remove') }
}

function noneUnlessStopped(error: unknown): readonly string[] {
  if (!isRollcallError(error) || error.code === 'stopped') throw error
  return []
}

async function sampleHashes(spoolDir: string, operation: 'add' | 'remove'): Promise<string[]> {
  const heads = await spoolHead(spoolDir, operation, 1)
  return heads.slice(0, SAMPLE_COUNT).map((hash) => `${hash.slice(0, HASH_CHARS_SHOWN)}…`)
}
