import { plainAccess } from '../../sources/access.ts'
import { openFiles } from '../../sources/formats/open-files.ts'
import type { FilesOptions } from '../../sources/formats/open-files.ts'
import { locate } from '../../sources/locate.ts'
import { problemOf, withinTime } from '../../sources/preview.ts'
import type { FilesPreview, RowCount, SourceTable } from '../../sources/preview.ts'
import type { FileRows, FoundFile } from '../../sources/source.ts'
import { countFiles, listFileTables, previewFiles, probeFiles } from './child/in-child.ts'
import { Places } from './child/places.ts'
import type * as contract from '../contract.ts'
import type { LookOptions, Probed } from '../contract.ts'
import { readWhole } from './whole-files.ts'

/** What the local engine has for a look. */
interface Own {
  /** For rows that do not fit the memory. */
  readonly tempDir: string
}

type CountOptions = LookOptions & Own
export type PreviewOptions = contract.PreviewOptions & Own

/** A query that is null stands for the whole input. */
const WHOLE_INPUT = 'SELECT * FROM input'

/**
 * The first rows of a query with all its columns, as a person sees them who writes it. Files are read whole, since a type is that of all
 * values and what is damaged is refused; from a database, no more is read than the query needs. Never holds the whole result, and is over
 * after `limits.previewTimeoutMs`.
 *
 * A missing e-mail column is reported in the preview and is no error. Throws `wrong_usage`, `source_not_found` or `query_failed`, whose
 * text never quotes a row.
 */
export async function previewQuery(options: PreviewOptions): Promise<FilesPreview> {
  const { openColumns } = options
  const rowsMax = Math.max(1, Math.min(options.rowsMax, options.limits.previewRowsMax))
  return timed(options, async (timedOptions) => {
    const { type, reading } = located(timedOptions)
    if (type.reads === 'rows') return { ...ofNoFile, ...(await type.preview({ ...reading, rowsMax })) }
    const { rows, problem } = await openInput({ ...timedOptions, files: await type.find(reading) })
    if (rows === null) return { ...nothing, emailColumnProblem: problem }
    const query = options.query ?? WHOLE_INPUT
    const preview = await readWhole(rows, timedOptions, () =>
      previewFiles({ ...rows, query }, { ...timedOptions, rowsMax, openColumns }),
    )
    return { ...preview, emailColumnProblem: problem ?? preview.emailColumnProblem }
  })
}

/** How many rows a query has. As safe as a preview, and over as soon; throws the same, and what a run would: 0 is said of no refused file. */
export async function countRows(options: CountOptions): Promise<RowCount> {
  return timed(options, async (timedOptions) => {
    const { type, reading } = located(timedOptions)
    if (type.reads === 'rows') return { rowCount: await type.count(reading), unreadable: 0 }
    const query = options.query ?? WHOLE_INPUT
    const { rows } = await openFiles({ ...timedOptions, files: await type.find(reading), query })
    return readWhole(rows, timedOptions, () => countFiles({ ...rows, query }, timedOptions))
  })
}

/**
 * Finds out at the source whether a query can be run there and where its addresses are, without running it. Files may take longer to
 * look through than a person waits: then nothing is known, and the answer says so. Throws `missing_email_column` and what a preview
 * throws.
 */
export async function probeQuery(options: CountOptions): Promise<Probed> {
  return inTurn(options, async (timedOptions) => {
    const { type, reading } = located(timedOptions)
    if (type.reads === 'files')
      return probeInTime(options, timedOptions, async () =>
        probeInput(timedOptions, await type.find(reading)),
      )
    await type.probe(reading)
    return { notChecked: null, byOrder: [] }
  })
}

async function probeInTime(
  { signal, limits }: CountOptions,
  limited: Pick<CountOptions, 'signal'>,
  probe: () => Promise<readonly string[]>,
): Promise<Probed> {
  try {
    return { notChecked: null, byOrder: await probe() }
  } catch (error) {
    if (signal.aborted || !limited.signal.aborted) throw error
    const seconds = (limits.previewTimeoutMs / 1000).toLocaleString('en-US')
    const notChecked = `Scanning the files took longer than ${seconds} s (limit previewTimeoutMs).`
    return { notChecked, byOrder: [] }
  }
}

async function probeInput(options: CountOptions, files: readonly FoundFile[]): Promise<readonly string[]> {
  const query = options.query ?? WHOLE_INPUT
  const { rows } = await openFiles({ ...options, files, query })
  return readWhole(rows, options, () => probeFiles({ ...rows, query }, options))
}

/** What a query may read, for completion in an editor; the query of the options does not matter. Throws as a preview does. */
export async function listTables(options: CountOptions): Promise<SourceTable[]> {
  return inTurn(options, async (timedOptions) => {
    const { type, reading } = located(timedOptions)
    if (type.reads === 'rows') return type.tables(reading)
    const { rows } = await openInput({ ...timedOptions, files: await type.find(reading), query: WHOLE_INPUT })
    if (rows === null) return [{ schema: null, name: 'input', columns: [] }]
    return readWhole(rows, timedOptions, () => listFileTables(rows, timedOptions))
  })
}

/** An empty file has no columns, and is a source all the same. */
const ofNoFile = Object.freeze({ unreadable: 0, byOrder: [] })
const nothing = Object.freeze({ columns: [], columnsTotal: 0, rows: [], rowCount: 0, ...ofNoFile })

/**
 * The files as a query reads them. Without a query a run would look for the e-mail column in every file, so that what it would not
 * find is told as the `problem`. No rows stands for a file that is empty.
 */
async function openInput(
  options: FilesOptions,
): Promise<{ readonly rows: FileRows | null; readonly problem: string | null }> {
  let problem: string | null = null
  if (options.query === null) problem = await openFiles(options).then(() => null, problemOf)
  try {
    const { rows } = await openFiles({ ...options, query: options.query ?? WHOLE_INPUT })
    return { rows, problem }
  } catch (error) {
    return { rows: null, problem: problemOf(error) }
  }
}

/** The type of the source, and what it takes. */
function located(options: CountOptions) {
  const { type, settings } = locate(options.from, options.cwd)
  return { type, reading: { ...options, settings, access: options.access ?? plainAccess } }
}

async function timed<T extends object>(
  options: CountOptions,
  work: (options: CountOptions) => Promise<T>,
): Promise<T & { readonly seconds: number }> {
  return inTurn(options, async (timedOptions) => {
    const startedMs = performance.now()
    const result = await work(timedOptions)
    return { ...result, seconds: (performance.now() - startedMs) / 1000 }
  })
}

const places = new Places()

/** The time begins when it is a query's turn. */
async function inTurn<Options extends CountOptions, T>(
  options: Options,
  work: (options: Options) => Promise<T>,
): Promise<T> {
  const { owner, signal, limits } = options
  const atOnce = { all: limits.queriesAtOnceMax, each: limits.queriesAtOncePerPersonMax }
  return places.pass(owner, { signal, ...atOnce }, () =>
    withinTime('previewTimeoutMs', options, (limited) => work({ ...options, signal: limited })),
  )
}
