import { createHash } from 'node:crypto'
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { defaultLimits } from '../../src/base/limits.ts'
import type { Limits } from '../../src/base/limits.ts'
import { createDuckdbEngine } from '../../src/engines/local/duckdb/engine.ts'
import { bucketNames } from '../../src/engines/local/folders.ts'
import { hashesOf } from '../../src/engines/local/hashes/block-file.ts'
import type { Prepared } from '../../src/engines/contract.ts'
import type { FolderEngine, PrepareOptions } from '../../src/engines/local/folders.ts'
import { stampOf } from '../../src/sources/formats/stamp.ts'
import type {
  FileFormat,
  FileRows,
  FileTable,
  Rows,
  SourceFile,
  StreamRows,
} from '../../src/sources/source.ts'

/** A real engine and a folder of its own that is removed with it. */
export class Workbench {
  readonly dir: string
  readonly engine: FolderEngine
  private number = 0

  private constructor(dir: string, limits: Limits) {
    this.dir = dir
    this.engine = createDuckdbEngine({ limits, tempDir: join(dir, 'temp') })
  }

  static async open(limits: Partial<Limits> = {}): Promise<Workbench> {
    return new Workbench(await mkdtemp(join(tmpdir(), 'rollcall-engine-')), { ...defaultLimits, ...limits })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.dir, { recursive: true, force: true })
  }

  path(name: string): string {
    this.number += 1
    return join(this.dir, `${this.number}-${name}`)
  }

  async write(name: string, content: string | Uint8Array): Promise<string> {
    const path = this.path(name)
    await writeFile(path, content)
    return path
  }

  async prepare(rows: Rows, options: Partial<PrepareOptions> = {}): Promise<Prepared & { stageDir: string }> {
    const stageDir = this.path('stage')
    const prepared = await this.engine.prepare({
      rows,
      hashed: false,
      stageDir,
      membersMax: null,
      durable: true,
      rejectsFile: null,
      signal: new AbortController().signal,
      onProgress: () => undefined,
      ...options,
    })
    return { ...prepared, stageDir }
  }

  async compare(stageDir: string, told: { toldDir?: string | null; unsureDir?: string | null } = {}) {
    const dirs = { desiredDir: this.path('desired'), spoolDir: this.path('spool') }
    const compared = await this.engine.compare({
      stageDir,
      toldDir: null,
      unsureDir: null,
      ...told,
      ...dirs,
      durable: true,
      signal: new AbortController().signal,
      onProgress: () => undefined,
    })
    return { ...compared, ...dirs }
  }

  /** Verdict counts of a source, and the distinct hashes it stages. */
  async run(rows: Rows, options: Partial<PrepareOptions> = {}) {
    const prepared = await this.prepare(rows, options)
    const compared = await this.compare(prepared.stageDir)
    return { ...prepared, ...compared, hashes: await spooled(compared.spoolDir, 'adds') }
  }
}

/** All lines of one operation's spool. */
export async function spooled(spoolDir: string, operation: 'adds' | 'removes'): Promise<string[]> {
  const lines: string[] = []
  for (const name of bucketNames)
    for await (const hashes of hashesOf(join(spoolDir, `${operation}-${name}.blocks`)))
      lines.push(...linesOf(hashes))
  return lines
}

/** Hashes as hexadecimal digits. */
export function linesOf(hashes: Uint8Array): string[] {
  return (Buffer.from(hashes).toString('hex').match(/.{64}/g) ?? []).map(String)
}

export function streamOf(values: readonly (string | null)[], chunk = 1000): StreamRows {
  return {
    kind: 'stream',
    async *read() {
      for (let from = 0; from < values.length; from += chunk) yield values.slice(from, from + chunk)
    },
  }
}

export async function filesOf(
  format: FileFormat,
  paths: readonly string[],
  options: Partial<FileTable> & { query?: string | null; emailColumn?: string } = {},
): Promise<FileRows> {
  const { query = null, emailColumn = 'email', ...table } = options
  const columns = table.columns ?? (format === 'csv' ? ['id', 'email', 'name'] : [])
  const index = columns.indexOf(emailColumn)
  const emailIndex = query === null && index >= 0 ? index : null
  const sizes = await Promise.all(
    paths.map(async (path) => (await stat(path).catch(() => ({ size: 0 }))).size),
  )
  return {
    kind: 'files',
    tables: [{ format, paths, delimiter: ',', columns, linesAbove: 0, emailIndex, ...table }],
    files: await Promise.all(paths.map(sourceFileOf)),
    query,
    emailColumn,
    bytesTotal: sizes.reduce((sum, size) => sum + size, 0),
  }
}

async function sourceFileOf(path: string): Promise<SourceFile> {
  const info = await stat(path, { bigint: true }).catch(() => null)
  const stamp = info === null ? { file: '', bytes: 0, modifiedNs: '', changedNs: '' } : stampOf(info)
  return { path, name: basename(path), stamp }
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Every file below a folder. */
export async function allFiles(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

/** A Parquet file of one text column and the row numbers. */
export async function writeParquet(
  path: string,
  values: readonly (string | null)[],
  column = 'email',
): Promise<void> {
  const { DuckDBInstance, listValue, LIST, VARCHAR } = await import('@duckdb/node-api')
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  await connection.run(
    `COPY (SELECT unnest($1) AS "${column}", unnest(range(${values.length})) AS id) TO '${path}' (FORMAT parquet)`,
    [listValue([...values])],
    [LIST(VARCHAR)],
  )
  connection.closeSync()
  instance.closeSync()
}
