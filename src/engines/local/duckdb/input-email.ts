import { RollcallError } from '../../../base/rollcall-error.ts'
import { emailIndexIn, findEmailColumn, isEmailName } from '../../../sources/email-column.ts'
import { notText } from './parquet-table.ts'

/** Columns of some files of one kind, and the type in which they hold the addresses. */
export interface FilesColumns {
  /** Of the first of the files, as people know it. */
  readonly name: string
  readonly columns: readonly string[]
  readonly emailType: string
}

/**
 * Why a run without a query would not find the addresses of all files, where some of them have an e-mail column that a query would read;
 * else null. Where none has one, or all have it in the same type, the query decides and its result is checked.
 */
export function emailProblemOf(files: readonly FilesColumns[], emailColumn: string): RollcallError | null {
  const indexes = files.map(({ columns }) => emailIndexIn(columns, emailColumn))
  const having = files.filter((_, index) => indexes[index] !== null)
  const others = files.filter((_, index) => indexes[index] === null)
  const problems = others.map((file) => problemIn(file, emailColumn))
  const twice = others.findIndex(({ columns }) => columns.some((name) => isEmailName(name, emailColumn)))
  if (twice >= 0) return problems[twice] ?? null
  if (having.length > 0 && problems.length > 0) return problems[0] ?? null
  const types = new Set(having.map(({ emailType }) => emailType))
  const other = [...types].find((type) => type !== 'VARCHAR')
  return types.size > 1 && other !== undefined ? notText(emailColumn, other) : null
}

function problemIn({ name, columns }: FilesColumns, emailColumn: string): RollcallError | null {
  try {
    findEmailColumn(columns, emailColumn, `"${name}"`)
    return null
  } catch (error) {
    if (error instanceof RollcallError) return error
    throw error
  }
}
