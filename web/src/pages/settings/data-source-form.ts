import type { UseFormReturnType } from '@mantine/form'
import type { Answer, Input } from '../../api/call.ts'
import { linesOf, newSettings, sentSettings, settingProblems, typedSettings } from '../../ui/settings-form.ts'
import type { TypedSettings } from '../../ui/settings-form.ts'

/** What the form of a data source holds, and what of it is sent. Which fields it has, the types say that the service knows. */

export type DataSource = Answer<'data-sources.get'>
export type SourceTypes = Answer<'data-sources.types'>['items']
type SourceType = SourceTypes[number]

/** Its settings beside `kind`, `name`, `description` and `openColumns`. */
export type DataSourceValues = TypedSettings

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
  return {
    ...newSettings(types),
    kind: types[0]?.kind ?? '',
    name: '',
    description: '',
    openColumns: '',
  }
}

export function valuesOf(types: SourceTypes, source: DataSource): DataSourceValues {
  const { kind, name, description, settings, openColumns } = source
  return {
    ...newValues(types),
    ...typedSettings(typeOf(types, kind), settings),
    kind,
    name,
    description,
    openColumns: openColumns.join('\n'),
  }
}

export function problemsOf(
  types: SourceTypes,
  values: DataSourceValues,
  isNew: boolean,
): Record<string, string | null> {
  return {
    name: values['name']?.trim() === '' ? 'Give the data source a name.' : null,
    ...settingProblems(typeOf(types, values['kind'] ?? ''), values, isNew),
  }
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

function settingsIn(types: SourceTypes, values: DataSourceValues) {
  return sentSettings(typeOf(types, values['kind'] ?? ''), values)
}

function commonOf({ name = '', description = '', openColumns = '' }: DataSourceValues) {
  return { name, description, openColumns: linesOf(openColumns) }
}
