import type { Settings } from './contract.ts'

/** Where rows come from: what a person typed on the command line, such as files or an address; or a data source. */
export type From = readonly string[] | SavedSource

/** A data source with its secrets. Plain JSON, so that a run can keep it, sealed. */
export interface SavedSource {
  readonly kind: string
  readonly settings: Settings
}

export function isSaved(from: From): from is SavedSource {
  return !Array.isArray(from)
}
