import type { Item } from '../api/call.ts'

/** Settings as a form holds them. Which ones there are, a type of data source or a kind of destination says. */

export type SettingsKind = Pick<
  Item<'data-sources.types'> | Item<'destinations.kinds'>,
  'kind' | 'title' | 'fields' | 'facts'
>
export type SettingsField = SettingsKind['fields'][number]

/** What declares fields: such a type or kind, or the options of orchestrations. */
type Fields = Pick<SettingsKind, 'fields'>

/**
 * By the names of the fields. A field that takes several texts has one per line, and a checkbox that is on has `CHECKED`; a secret is
 * never read back, so that an empty one stands for the stored one.
 */
export type TypedSettings = Readonly<Record<string, string>>

export const CHECKED = 'true'

/** The name of a setting among the values of a form that has others too. */
export type SettingName = `setting:${string}`

export type ShownSettings = Readonly<Record<string, string | readonly string[] | boolean>>

/** Those of a new object of any of the kinds. */
export function newSettings(kinds: readonly Fields[]): TypedSettings {
  return Object.fromEntries(
    kinds.flatMap(({ fields }) => fields.map(({ name, choices }) => [name, choices[0] ?? ''] as const)),
  )
}

/** Those of an object, as they are edited. */
export function typedSettings(kind: Fields | undefined, shown: ShownSettings): TypedSettings {
  const known = (kind?.fields ?? []).flatMap(({ name }) => {
    const value = shown[name]
    if (value === undefined) return []
    return [[name, value === false ? '' : [value].flat().join('\n')] as const]
  })
  return Object.fromEntries(known)
}

/** What is wrong with each of them, or null. */
export function settingProblems(
  kind: Fields | undefined,
  typed: TypedSettings,
  isNew: boolean,
): Record<string, string | null> {
  return Object.fromEntries(
    (kind?.fields ?? []).map((field) => [field.name, problemOf(field, typed[field.name] ?? '', isNew)]),
  )
}

function problemOf(field: SettingsField, value: string, isNew: boolean): string | null {
  if (field.checkbox) return null
  if (value.trim() === '') return field.optional || (field.secret && !isNew) ? null : field.ask
  return field.pattern === null || new RegExp(field.pattern).test(value.trim()) ? null : field.ask
}

/** What was typed for the fields of a kind. Null stands for one that is left out; a secret that is not typed stays as it is. */
export function sentSettings(
  kind: Fields | undefined,
  typed: TypedSettings,
): Record<string, string | string[] | boolean | null> {
  return Object.fromEntries(
    (kind?.fields ?? []).flatMap(
      ({ name, several, checkbox, secret, optional }): [string, string | string[] | boolean | null][] => {
        const text = typed[name]?.trim() ?? ''
        if (checkbox) return [[name, text === CHECKED]]
        if (text === '' && secret) return []
        if (text === '' && optional) return [[name, null]]
        return [[name, several ? linesOf(text) : text]]
      },
    ),
  )
}

/** The lines of a text, without empty ones. */
export function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

export function settingName(field: string): SettingName {
  return `setting:${field}`
}

const PREFIX = settingName('')

/** The settings as they are typed, by the names of the kind, among the values of a form. */
export function settingsIn(values: object): TypedSettings {
  const settings = Object.entries(values).flatMap(([name, value]) =>
    name.startsWith(PREFIX) ? [[name.slice(PREFIX.length), String(value)] as const] : [],
  )
  return Object.fromEntries(settings)
}

/** Settings as values of a form that has others too. */
export function settingValues(typed: TypedSettings): Readonly<Record<SettingName, string>> {
  return Object.fromEntries(Object.entries(typed).map(([field, value]) => [settingName(field), value]))
}
