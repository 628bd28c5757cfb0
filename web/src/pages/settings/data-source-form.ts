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
}

export const newValues: DataSourceValues = {
  kind: 'files',
  name: '',
  description: '',
  folder: '',
  files: '',
  url: '',
}

export function valuesOf({ kind, name, description, settings }: DataSource): DataSourceValues {
  const files = 'folder' in settings ? { folder: settings.folder, files: settings.files.join('\n') } : {}
  return { ...newValues, kind, name, description, ...files }
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
  const { name, description, url } = values
  return values.kind === 'files'
    ? { kind: 'files', name, description, ...placeOf(values) }
    : { kind: 'postgres', name, description, url: url.trim() }
}

export function editsOf(values: DataSourceValues): Omit<Input<'data-sources.update'>['body'], 'version'> {
  const { name, description, url } = values
  if (values.kind === 'files') return { name, description, ...placeOf(values) }
  return url.trim() === '' ? { name, description } : { name, description, url: url.trim() }
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
