import { isDeepStrictEqual } from 'node:util'
import type { Sealer } from '../access/seal.ts'
import { invalid } from '../base/rollcall-error.ts'
import type { Declared, Settings } from '../sources/contract.ts'
import { isOptional, problemsOf, secretNames, secretSettings, settingsIn } from '../sources/settings.ts'

/** Settings as a row keeps them: what may be shown in clear, secrets sealed. */

/** The tables whose rows have settings. */
export type SettingsTable = 'data_source' | 'destination'

export interface Kept {
  readonly id: string
  readonly settings: Settings
  readonly sealed: string | null
}

/** All settings of a row, secrets included. */
export function openSettings(type: Declared, row: Kept, sealer: Sealer, table: SettingsTable): Settings {
  return { ...settingsIn(type, row.settings), ...openSecrets(type, row, sealer, table) }
}

/** The secrets of a row as they are now. */
export function openSecrets(
  type: Declared,
  { id, sealed }: Pick<Kept, 'id' | 'sealed'>,
  sealer: Sealer,
  table: SettingsTable,
): Settings {
  if (sealed === null) return {}
  const text = sealer.open(sealed, { table, id })
  // Earlier versions sealed the address of a database alone.
  const [first = ''] = secretNames(type)
  return text.startsWith('{') ? (JSON.parse(text) as Settings) : { [first]: text }
}

/**
 * The secrets of a row that an edit starts from. They stay sealed when the edit gives a value, or none, for each of them, so that they can
 * be entered again once their key is lost.
 */
export function secretsBefore(
  type: Declared,
  row: Pick<Kept, 'id' | 'sealed'>,
  wanted: Settings,
  sealer: Sealer,
  table: SettingsTable,
): Settings {
  const isWhole = secretNames(type).every((name) => wanted[name] !== undefined)
  return isWhole ? {} : openSecrets(type, row, sealer, table)
}

/** The settings that an edit starts from, likewise. */
export function settingsBefore(
  type: Declared,
  row: Kept,
  wanted: Settings,
  sealer: Sealer,
  table: SettingsTable,
): Settings {
  return { ...settingsIn(type, row.settings), ...secretsBefore(type, row, wanted, sealer, table) }
}

/** The columns of a row with these settings; `shown` is what of them is in clear. */
export function keptSettings(
  type: Declared,
  { settings, shown }: { readonly settings: Settings; readonly shown: Settings },
  sealer: Sealer,
  place: { readonly table: SettingsTable; readonly id: string },
): { readonly settings: string; readonly sealed: string | null } {
  const secrets = secretSettings(type, settings)
  return {
    settings: JSON.stringify(shown),
    sealed: secrets === null ? null : sealer.seal(JSON.stringify(secrets), place),
  }
}

/** The settings with what is given of them: null takes out one that may be left out. Error: `request_invalid`. */
export function changedSettings(
  type: Declared,
  { known, wanted }: { readonly known: Settings; readonly wanted: Settings },
): Settings {
  const settings = settingsIn(
    type,
    Object.fromEntries(
      Object.entries({ ...known, ...wanted }).map(([field, value]) => [field, value ?? undefined]),
    ),
  )
  requireValid(type, settings)
  const [kept] = keptSecrets(type, known, wanted)
  if (kept !== undefined && isMoved(type, known, settings))
    throw invalid(`${kept} is needed again, since it would be sent to another place.`)
  return settings
}

/** Error: `request_invalid` for a field that the kind has not, which may not be known. */
export function requireOwn(type: Declared | undefined, kind: string, wanted: Settings, noun: string): void {
  const foreign = Object.keys(wanted).find((field) => type?.fields[field] === undefined)
  if (foreign !== undefined) throw invalid(`a ${noun} of kind ${kind} has no ${foreign}.`)
}

/** Whether what is shown of settings differs, so that their secrets would be sent somewhere else. */
export function isMoved({ fields }: Declared, before: Settings, after: Settings): boolean {
  return Object.entries(fields).some(
    ([name, { isShown }]) => isShown === true && !isDeepStrictEqual(before[name], after[name]),
  )
}

/** The secrets that would stay as they are known, whether or not they may be left out: what is given says nothing of them. */
export function keptSecrets(type: Declared, known: Settings, given: Settings): string[] {
  return secretNames(type).filter((name) => known[name] !== undefined && given[name] === undefined)
}

/** The secrets that are needed and not among what is given. */
export function neededSecrets(type: Declared, given: Settings): string[] {
  return secretNames(type).filter((name) => {
    const field = type.fields[name]
    return given[name] === undefined && field !== undefined && !isOptional(field)
  })
}

/** Error: `request_invalid`, which quotes no secret. */
export function requireValid(type: Declared, settings: Settings): void {
  const [problem] = problemsOf(type, settings)
  if (problem !== undefined) throw invalid(`${problem.field} ${problem.text}`)
}
