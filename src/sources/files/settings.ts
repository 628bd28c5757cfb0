import { z } from 'zod'
import type { Field } from '../contract.ts'
import { mayHoldPassword } from '../may-hold-password.ts'
import type { FolderFiles } from './confined.ts'

/** Files as a person names them on the command line. */
export type TypedFiles = {
  readonly paths: readonly string[]
  readonly cwd: string
}

export type FilesSettings = FolderFiles | TypedFiles

export const fields = {
  folder: {
    schema: z.string().max(4_000),
    label: 'Folder',
    about: 'absolute path; Rollcall reads nothing outside it',
    hint: 'Absolute path on the server. Rollcall reads nothing outside it.',
    ask: 'Enter the absolute path of a folder, such as /data/customers.',
    pattern: '^/',
    isShown: true,
    problemOf: (folder: string) => (folder.startsWith('/') ? null : 'takes the absolute path of a folder.'),
  },
  files: {
    schema: z.array(z.string().max(1_000)).max(1_000),
    label: 'Files',
    about: 'files or patterns inside the folder, such as customers-*.csv',
    hint: 'Files or patterns inside the folder, one per line, such as customers-*.csv. Use CSV, TSV, Parquet or JSON files, also as .gz. Together they form the table input.',
    ask: 'Enter at least one file or pattern, such as customers-*.csv.',
    isShown: true,
    problemOf: filesProblem,
  },
} satisfies Record<keyof FolderFiles, Field>

function filesProblem(files: readonly string[]): string | null {
  // It is not repeated, since it may hold a password.
  if (files.some((file) => /^\s*[a-z][a-z0-9+.-]*:\/\//i.test(file)))
    return 'has an address such as s3://bucket/file.csv, which Rollcall cannot read. Copy the files into the folder, then give their names there.'
  const outside = files.find((file) => file.startsWith('/') || file.split('/').includes('..'))
  if (outside !== undefined) return `has "${outside}", which leads outside the folder.`
  if (files.length > 0 && files.every((file) => file.trim() !== '')) return null
  return 'takes at least one file or pattern inside the folder, such as "customers-*.csv".'
}

/** What people typed or configured as names. */
export function places(settings: FilesSettings): readonly string[] {
  if ('files' in settings) return settings.files
  return settings.paths.map((path) => (mayHoldPassword(path) ? '…' : path))
}
