/**
 * What a source hands to a row engine: either files that the engine reads itself, or a stream of raw values that
 * Node reads for it. Sources are opened by `open-source.ts`.
 */

export type FileFormat = 'csv' | 'parquet' | 'json'

/** Files of one layout: same format, delimiter and columns in the same order. */
export interface FileTable {
  readonly format: FileFormat
  /** Absolute paths; a name ending in `.gz`, in any case, is compressed. */
  readonly paths: readonly string[]
  /** CSV only: one character. */
  readonly delimiter: string
  /** CSV: names in the header, in order. JSON: keys at the beginning of the files. Parquet: none, they are left to the engine. */
  readonly columns: readonly string[]
  /** CSV only: lines above the header, blank ones and the one that names the delimiter. */
  readonly linesAbove: number
  /** CSV and JSON: index in `columns` of the address column; null when there is none or more than one, which only a query may do without. */
  readonly emailIndex: number | null
}

export interface SourceFile {
  readonly path: string
  /** As people know it. */
  readonly name: string
  /** What it was when it was found, before anything of it was read. */
  readonly stamp: Stamp
}

/** A file as a type of data source has found it. */
export interface FoundFile extends SourceFile {
  readonly bytes: number
}

/** Tells one state of a file from another. */
export interface Stamp {
  /** Device and inode. */
  readonly file: string
  readonly bytes: number
  /** Time of the last modification in nanoseconds, as text so that none is lost. */
  readonly modifiedNs: string
  /** Time of the last change of its content or its properties, likewise. The system alone sets it, so that no one can put it back. */
  readonly changedNs: string
}

export interface FileRows {
  readonly kind: 'files'
  readonly tables: readonly FileTable[]
  /** Every file once, in the order in which they were given. */
  readonly files: readonly SourceFile[]
  /** SQL over the table `input`, or null to read the e-mail column directly. */
  readonly query: string | null
  readonly emailColumn: string
  /** Sum of the sizes on disk, for progress. */
  readonly bytesTotal: number
}

export interface StreamRows {
  readonly kind: 'stream'
  /** Raw values of the e-mail column in chunks, in the order of the query; null for SQL NULL. */
  readonly read: (signal: AbortSignal) => AsyncIterable<readonly (string | null)[]>
}

export type Rows = FileRows | StreamRows

/** A file of a source by its path. Its name is looked for when it is asked for: it is needed for errors only. */
export function fileAt({ files }: FileRows, path: string): Pick<SourceFile, 'path' | 'name'> {
  return {
    path,
    get name() {
      return files.find((file) => file.path === path)?.name ?? path
    },
  }
}
