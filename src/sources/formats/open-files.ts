import type { Limits } from '../../base/limits.ts'
import type { FileRows, FileTable, FoundFile } from '../source.ts'
import { missingEmailColumn } from '../email-column.ts'
import { readLayout } from './read-layout.ts'
import type { Layout } from './read-layout.ts'

export interface FilesOptions {
  readonly files: readonly FoundFile[]
  readonly query: string | null
  readonly emailColumn: string
  readonly limits: Limits
  readonly signal: AbortSignal
}

/**
 * Reads how each file is laid out and puts those of equal layout together. Empty files have no rows.
 *
 * Error: `missing_email_column` where all are empty, with a query too.
 */
export async function openFiles(options: FilesOptions): Promise<{ rows: FileRows; description: string }> {
  const { files, query, emailColumn, limits, signal } = options
  const tables = new Map<string, Table>()
  const layoutOptions = { emailColumn, hasQuery: query !== null, bytesMax: limits.fieldBytesMax, signal }
  for (const file of files) {
    signal.throwIfAborted()
    const layout = await readLayout(file, layoutOptions)
    if (layout !== null) addToTable(tables, file, layout)
  }
  if (tables.size === 0) throw allEmpty(files, emailColumn)
  const bytesTotal = files.reduce((sum, { bytes }) => sum + bytes, 0)
  return {
    rows: {
      kind: 'files',
      tables: [...tables.values()],
      files: files.map(({ path, name, stamp }) => ({ path, name, stamp })),
      query,
      emailColumn,
      bytesTotal,
    },
    description: describe(files, bytesTotal, query !== null),
  }
}

/** One empty export beside others has no rows; a whole source of them is no list that can be relied on. */
function allEmpty(files: readonly FoundFile[], emailColumn: string) {
  const [first] = files
  const detail =
    files.length === 1
      ? `"${first?.name ?? ''}" is empty: it has no column "${emailColumn}" and no rows.`
      : `all ${files.length.toLocaleString('en-US')} files are empty: they have no column "${emailColumn}" and no rows.`
  return missingEmailColumn(emailColumn, detail)
}

interface Table extends FileTable {
  readonly paths: string[]
}

function addToTable(tables: Map<string, Table>, file: FoundFile, layout: Layout): void {
  const key = layoutKey(layout)
  const table = tables.get(key)
  if (table === undefined) tables.set(key, { ...layout, paths: [file.path] })
  else {
    table.paths.push(file.path)
    if (layout.format === 'json')
      tables.set(key, { ...table, columns: [...new Set([...table.columns, ...layout.columns])] })
  }
}

/** Keys of JSON objects come and go, so only the name of the e-mail key tells JSON files apart. */
function layoutKey({ format, delimiter, columns, linesAbove, emailIndex }: Layout): string {
  const names = format === 'json' ? [emailIndex === null ? null : columns[emailIndex]] : columns
  return JSON.stringify([format, delimiter, linesAbove, names])
}

function describe(files: readonly FoundFile[], bytesTotal: number, hasQuery: boolean): string {
  const [first] = files
  const what =
    files.length === 1 && first !== undefined ? first.name : `${files.length.toLocaleString('en-US')} files`
  return `${what} (${size(bytesTotal)})${hasQuery ? ' through a query' : ''}`
}

function size(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB']
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3))
  const value = bytes / 1000 ** power
  return `${value.toLocaleString('en-US', { maximumFractionDigits: value < 10 && power > 0 ? 1 : 0 })} ${units[power] ?? ''}`
}
