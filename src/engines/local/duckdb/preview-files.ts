import { MASK } from '../../../members/mask-rows.ts'
import type { Limits } from '../../../base/limits.ts'
import { isRollcallError, RollcallError } from '../../../base/rollcall-error.ts'
import {
  cellCharsMax,
  cellOf,
  columnOf,
  resultColumnOf,
  COLUMNS_SHOWN_MAX,
  emailColumnProblem,
} from '../../../sources/preview.ts'
import type { CellKind, FilesPreview, RowCount, SourceTable } from '../../../sources/preview.ts'
import { findEmailColumn } from '../../../sources/email-column.ts'
import type { FileRows } from '../../../sources/source.ts'
import { queryFailed } from './errors.ts'
import { createInput } from './input-view.ts'
import { holdsText, lockedQuery, lockSession, resultOf, resultSql } from './locked-query.ts'
import type { LockedInput, LockOptions, QueriedRows, QueryResult } from './locked-query.ts'
import { notText } from './parquet-table.ts'
import { withSession } from './session.ts'
import type { Session } from './session.ts'

export interface FilesPreviewOptions {
  /** Columns that are shown as they are, while all others are hidden; null shows all of them. */
  readonly openColumns: readonly string[] | null
  readonly limits: Limits
  readonly tempDir: string
  readonly signal: AbortSignal
}

/** Spilled rows of a preview must not fill the disk that everything else lives on. */
const SPILL_MAX = '2GiB'

/** The first rows of the user's query, in their order. */
export async function previewFiles(
  rows: QueriedRows,
  options: FilesPreviewOptions & { readonly rowsMax: number },
): Promise<Omit<FilesPreview, 'seconds'>> {
  return inSession(options, async (session) => {
    const input = await lockSession(session, rows, lockOptions(options))
    return withReason(input, () => firstRows(session, rows, input, options))
  })
}

async function firstRows(
  session: Session,
  rows: QueriedRows,
  input: LockedInput,
  { rowsMax, openColumns }: FilesPreviewOptions & { readonly rowsMax: number },
): Promise<Omit<FilesPreview, 'seconds'>> {
  const result = await resultOf(session, rows, input)
  const { columns, isHidden } = result
  const shown = columns.slice(0, COLUMNS_SHOWN_MAX)
  const charsMax = cellCharsMax(rowsMax, shown.length)
  const values = shown.map((_, index) => `left(CAST(c${index} AS VARCHAR), ${charsMax + 1})`).join(', ')
  const from = resultSql(rows.query, columns.length)
  // One row more than shown tells whether there are more.
  const found = await session.run(`SELECT ${values} FROM ${from} LIMIT ${rowsMax + 1}`)
  const kinds = shown.map(({ type }) => kindOf(type))
  return {
    columns: shown.map(({ name, type }, index) => resultColumnOf(name, type, isHidden[index])),
    columnsTotal: columns.length,
    rows: found
      .slice(0, rowsMax)
      .map((row) =>
        row.map((text, index) => cellOf(text as string | null, kinds[index] ?? 'text', charsMax)),
      ),
    rowCount: found.length > rowsMax || openColumns !== null ? null : found.length,
    emailColumnProblem: problemOf(result, rows.emailColumn),
    unreadable: input.unread.tally().received,
    byOrder: result.byOrder,
  }
}

/** All rows that a run of the user's query would take, and the lines of the files that it was not given. Refused as the run would be. */
export async function countFiles(
  rows: QueriedRows,
  options: FilesPreviewOptions,
): Promise<Omit<RowCount, 'seconds'>> {
  return inSession(options, async (session) => {
    const { values, unread } = await lockedQuery(session, rows, lockOptions(options))
    // The addresses are computed too, since that may fail.
    const [row] = await session.run(`SELECT count(*), count(v) FROM (${values})`)
    return { rowCount: Number(row?.[0]), unreadable: unread.tally().received }
  })
}

/**
 * Finds out whether the user's query can be run and where its addresses are, without running it. Returns its parts that go by the order
 * of rows. Further error: `missing_email_column`.
 */
export async function probeFiles(
  rows: QueriedRows,
  options: FilesPreviewOptions,
): Promise<readonly string[]> {
  return inSession(options, async (session) => {
    const { byOrder } = await lockedQuery(session, rows, lockOptions(options))
    return byOrder
  })
}

const NONE: ReadonlySet<string> = new Set()

/** The one table that a query over files reads. */
export async function listFileTables(rows: FileRows, options: FilesPreviewOptions): Promise<SourceTable[]> {
  const described = await inSession(options, async (session) => {
    const all = {
      named: NONE,
      wanted: null,
      areAllNamed: false,
      ordered: NONE,
      spelled: NONE,
      orderedTexts: [],
    }
    await createInput(session, rows, { ...options, ...all, onBytes: () => undefined })
    return session.run('DESCRIBE input')
  })
  const columns = described.map(([name, type]) => columnOf(String(name), String(type)))
  return [{ schema: null, name: 'input', columns }]
}

function lockOptions(options: FilesPreviewOptions): LockOptions {
  return { ...options, onBytes: () => undefined, outputDir: null }
}

function problemOf({ columns, problem: ofFiles }: QueryResult, emailColumn: string): string | null {
  if (ofFiles !== null) return String(ofFiles.data['detail'])
  const names = columns.map(({ name }) => name)
  const problem = emailColumnProblem(names, emailColumn)
  if (problem !== null) return problem
  const { type = '' } = columns[findEmailColumn(names, emailColumn, '')] ?? {}
  return holdsText(type) ? null : String(notText(emailColumn, type).data['detail'])
}

function kindOf(type: string): CellKind {
  if (type === 'BOOLEAN') return 'boolean'
  return /^(?:U?(?:TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL\(.*\))$/.test(type)
    ? 'number'
    : 'text'
}

async function inSession<T>(
  options: FilesPreviewOptions,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const { signal } = options
  const settings = { preserve_insertion_order: 'true', max_temp_directory_size: SPILL_MAX }
  try {
    return await withSession({ ...options, settings }, work)
  } catch (error) {
    signal.throwIfAborted()
    throw queryFailed(error, 'The query')
  }
}

/**
 * A person who sees constants in place of hidden columns is to know that a query may fail over them that is right otherwise. What fails
 * by now was not read from a file, so that the reason is never one of its bytes.
 */
async function withReason<T>({ hidden }: LockedInput, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const failed = queryFailed(error, 'The query')
    if (hidden.length === 0 || !isRollcallError(failed) || failed.code !== 'query_failed') throw failed
    const detail = `${String(failed.data['detail'])} ${ofHidden(hidden)}`
    throw new RollcallError('query_failed', { detail }, { cause: error })
  }
}

const HIDDEN_NAMED_MAX = 3

function ofHidden(names: readonly string[]): string {
  const named = names.slice(0, HIDDEN_NAMED_MAX).map((name) => `"${name}"`)
  const others = names.length - named.length
  if (names.length === 1)
    return `Column ${named.join('')} is hidden from you: every row shows the text "${MASK}", so you cannot convert it or calculate with it.`
  const all = [...named, ...(others > 0 ? [`${others} more`] : [])]
  return `Columns ${all.slice(0, -1).join(', ')} and ${String(all.at(-1))} are hidden from you: every row shows the text "${MASK}", so you cannot convert them or calculate with them.`
}
