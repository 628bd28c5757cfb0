import type { UseFormReturnType } from '@mantine/form'
import type { Answer, Input } from '../../api/call.ts'

/** What the form of a data source holds, and what of it is sent. Which fields it has, the types say that the service knows. */

export type DataSource = Answer<'data-sources.get'>
export type SourceTypes = Answer<'data-sources.types'>['items']
type SourceType = SourceTypes[number]
export type SourceField = SourceType['fields'][number]

/**
 * By the names of the fields: `kind`, `name`, `description`, `openColumns` and those of every type. A field that takes several texts has
 * one a line; a secret is never read back, so that an empty one stands for the stored one.
 */
export type DataSourceValues = Readonly<Record<string, string>>

export type DataSourceForm = UseFormReturnType<DataSourceValues>

const COMMON_LABELS = {
  kind: 'Kind',
  name: 'Name',
  description: 'Description',
  openColumns: 'Columns that are not personal',
} as const

export const { kind: KIND, openColumns: OPEN_COLUMNS } = COMMON_LABELS

export function typeOf(types: SourceTypes, kind: string): SourceType | undefined {
  return types.find((type) => type.kind === kind)
}

export function kindWord(types: SourceTypes | undefined, kind: string): string {
  return typeOf(types ?? [], kind)?.title ?? kind
}

export function labelsOf(types: SourceTypes): Readonly<Record<string, string>> {
  const fields = types.flatMap((type) => type.fields.map(({ name, label }) => [name, label] as const))
  return { ...Object.fromEntries(fields), ...COMMON_LABELS }
}

export function newValues(types: SourceTypes): DataSourceValues {
  const fields = types.flatMap((type) => type.fields.map(({ name }) => [name, ''] as const))
  return {
    ...Object.fromEntries(fields),
    kind: types[0]?.kind ?? '',
    name: '',
    description: '',
    openColumns: '',
  }
}

export function valuesOf(types: SourceTypes, source: DataSource): DataSourceValues {
  const { kind, name, description, openColumns } = source
  const shown = Object.entries(settingsOf(source)).map(([field, value]) => [field, [value].flat().join('\n')])
  const known = new Set(typeOf(types, kind)?.fields.map((field) => field.name))
  return {
    ...newValues(types),
    ...Object.fromEntries(shown.filter(([field = '']) => known.has(field))),
    kind,
    name,
    description,
    openColumns: openColumns.join('\n'),
  }
}

/** What is shown of where it leads, whatever its type. */
export function settingsOf({
  settings,
}: Pick<DataSource, 'settings'>): Readonly<Record<string, string | readonly string[]>> {
  return settings
}

export function problemsOf(
  types: SourceTypes,
  values: DataSourceValues,
  isNew: boolean,
): Record<string, string | null> {
  const fields = typeOf(types, values['kind'] ?? '')?.fields ?? []
  const problems = fields.map((field) => [field.name, problemOf(field, values[field.name] ?? '', isNew)])
  return {
    name: values['name']?.trim() === '' ? 'Give the data source a name.' : null,
    ...(Object.fromEntries(problems) as Record<string, string | null>),
  }
}

function problemOf(field: SourceField, value: string, isNew: boolean): string | null {
  if (value.trim() === '') return field.optional || (field.secret && !isNew) ? null : field.ask
  return field.pattern === null || new RegExp(field.pattern).test(value.trim()) ? null : field.ask
}

export function bodyOf(types: SourceTypes, values: DataSourceValues): Input<'data-sources.create'>['body'] {
  const kind = values['kind'] ?? ''
  const given = Object.entries(settingsIn(types, values)).filter(([, value]) => value !== null)
  // Which fields a type has is known as the page is shown, and not to the compiler.
  return { kind, ...commonOf(values), ...Object.fromEntries(given) } as never
}

export function editsOf(
  types: SourceTypes,
  values: DataSourceValues,
): Omit<Input<'data-sources.update'>['body'], 'version'> {
  return { ...commonOf(values), ...settingsIn(types, values) }
}

/** What was typed for the fields of its type. Null stands for one that is left out; a secret that is not typed stays as it is. */
function settingsIn(types: SourceTypes, values: DataSourceValues): Record<string, string | string[] | null> {
  const fields = typeOf(types, values['kind'] ?? '')?.fields ?? []
  return Object.fromEntries(
    fields.flatMap(({ name, several, secret, optional }): [string, string | string[] | null][] => {
      const text = values[name]?.trim() ?? ''
      if (text === '' && secret) return []
      if (text === '' && optional) return [[name, null]]
      return [[name, several ? linesOf(text) : text]]
    }),
  )
}

function commonOf({ name = '', description = '', openColumns = '' }: DataSourceValues) {
  return { name, description, openColumns: linesOf(openColumns) }
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}
