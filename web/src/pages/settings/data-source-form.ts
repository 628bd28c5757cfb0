import type { UseFormReturnType } from '@mantine/form'
import type { Answer, Input } from '../../api/call.ts'

/** What the form of a data source holds, and what of it is sent. */

export type DataSource = Answer<'data-sources.get'>

export interface DataSourceValues {
  readonly kind: DataSource['kind']
  readonly name: string
  readonly description: string
  readonly folder: string
  /** A file or pattern a line. */
  readonly files: string
  /** Never read back, so that an empty one stands for the one that is known. */
  readonly url: string
  /** A column a line. */
  readonly openColumns: string
}

export type DataSourceForm = UseFormReturnType<DataSourceValues>

export const kindWords: Readonly<Record<DataSource['kind'], string>> = {
  files: 'Files',
  postgres: 'PostgreSQL database',
}

export const labels: Readonly<Record<keyof DataSourceValues, string>> = {
  kind: 'Kind',
  name: 'Name',
  description: 'Description',
  folder: 'Folder',
  files: 'Files',
  url: 'Address',
  openColumns: 'Columns that are not personal',
}

export const newValues: DataSourceValues = {
  kind: 'files',
  name: '',
  description: '',
  folder: '',
  files: '',
  url: '',
  openColumns: '',
}

export function valuesOf({ kind, name, description, settings, openColumns }: DataSource): DataSourceValues {
  const files = 'folder' in settings ? { folder: settings.folder, files: settings.files.join('\n') } : {}
  return { ...newValues, kind, name, description, ...files, openColumns: openColumns.join('\n') }
}

export function problemsOf(values: DataSourceValues, isNew: boolean): Record<string, string | null> {
  const ofFiles = values.kind === 'files'
  return {
    name: values.name.trim() === '' ? 'Give the data source a name.' : null,
    folder:
      ofFiles && !values.folder.trim().startsWith('/')
        ? 'Give the absolute path of a folder, such as /data/customers.'
        : null,
    files:
      ofFiles && linesOf(values.files).length === 0
        ? 'Name at least one file or pattern, such as customers-*.csv.'
        : null,
    url: !ofFiles && isNew && values.url.trim() === '' ? 'Give the address of the database.' : null,
  }
}

export function bodyOf(values: DataSourceValues): Input<'data-sources.create'>['body'] {
  const { url } = values
  return values.kind === 'files'
    ? { kind: 'files', ...commonOf(values), ...placeOf(values) }
    : { kind: 'postgres', ...commonOf(values), url: url.trim() }
}

export function editsOf(values: DataSourceValues): Omit<Input<'data-sources.update'>['body'], 'version'> {
  const { url } = values
  if (values.kind === 'files') return { ...commonOf(values), ...placeOf(values) }
  return url.trim() === '' ? commonOf(values) : { ...commonOf(values), url: url.trim() }
}

function commonOf({ name, description, openColumns }: DataSourceValues) {
  return { name, description, openColumns: linesOf(openColumns) }
}

function placeOf({ folder, files }: DataSourceValues): { folder: string; files: string[] } {
  return { folder: folder.trim(), files: linesOf(files) }
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}
