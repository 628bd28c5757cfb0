import { isRollcallError } from '../../../base/rollcall-error.ts'
import type { EngineRun, SampleOptions } from '../../../engines/contract.ts'

/** A few of those whom a change set adds and removes, so that a person can judge it. */
export interface ChangeSample {
  /** Masked addresses, as far as they were found quickly. */
  readonly arrivals: readonly string[]
  /** Always empty. Only hashes are known of those who leave, and the beginning of one confirms whom a person guesses. */
  readonly departures: readonly string[]
}

const SAMPLE_COUNT = 5

/** Reads a few rows of the source again; one that fails by now costs the addresses and not the run. */
export async function sampleChange(
  engine: EngineRun,
  options: Omit<SampleOptions, 'count'>,
): Promise<ChangeSample> {
  const found = engine.sample({ ...options, count: SAMPLE_COUNT })
  return { arrivals: await found.catch(noneUnlessStopped), departures: [] }
}

function noneUnlessStopped(error: unknown): readonly string[] {
  if (!isRollcallError(error) || error.code === 'stopped') throw error
  return []
}
