import { RollcallError } from '../../../base/rollcall-error.ts'
import { foldName } from '../../../base/column-name.ts'
import { isEmailName, shownName } from '../../../sources/email-column.ts'

/** The columns of some files of one kind, by the names that stand in them. */
export interface NamedColumns {
  /** Of the first of the files, as people know it. */
  readonly file: string
  readonly columns: readonly string[]
  /** Whether two columns may have one name; a key of JSON objects is one column, whatever its capitals. */
  readonly mayBeTwice: boolean
}

/**
 * The names by which a query knows the columns of a file. Real ones stay: of those that are the same to SQL, the first has the name.
 * The others, and columns without a name, get one that is not in `taken`, the real names of all files in lower case.
 */
export function queryNames(columns: readonly string[], taken: ReadonlySet<string>): string[] {
  const given = new Set<string>()
  const names = columns.map((column) => {
    const key = foldName(column)
    if (key === '' || given.has(key)) return null
    given.add(key)
    return column
  })
  return names.map((name, index) => {
    if (name !== null) return name
    const column = columns[index] ?? ''
    const isNameless = foldName(column) === ''
    const base = isNameless ? `column${index}` : column
    let invented = isNameless ? base : `${base}_1`
    for (let number = isNameless ? 1 : 2; isTaken(invented); number += 1) invented = `${base}_${number}`
    given.add(foldName(invented))
    return invented
  })
  function isTaken(name: string): boolean {
    return taken.has(foldName(name)) || given.has(foldName(name))
  }
}

/**
 * Why the columns that a query names cannot be relied on, or null: one that only some of the files have would be without values in the
 * rows of the others, and of two columns with one name either may be meant. `named` is in lower case, or null for all; the e-mail
 * column has rules of its own.
 */
export function columnProblemOf(
  files: readonly NamedColumns[],
  named: ReadonlySet<string> | null,
  emailColumn: string,
): RollcallError | null {
  const found = files.map(({ columns }) => timesOf(columns))
  for (const name of named ?? new Set(found.flatMap((times) => [...times.keys()]))) {
    if (name === '' || isEmailName(name, emailColumn)) continue
    const counts = found.map((times) => times.get(foldName(name)) ?? 0)
    const first = counts.findIndex((count) => count > 0)
    if (first < 0) continue
    const shown = shownName(name)
    // A query that goes by places knows one from the other.
    const twice =
      named === null ? -1 : counts.findIndex((count, index) => count > 1 && files[index]?.mayBeTwice === true)
    if (twice >= 0)
      return refused(
        `"${files[twice]?.file ?? ''}" has ${counts[twice] ?? 0} columns named ${shown}, so it is unclear which one the query means. Rename or remove one of them.`,
      )
    const without = counts.indexOf(0)
    if (without >= 0)
      return refused(
        `It reads column ${shown}, which "${files[first]?.file ?? ''}" has and "${files[without]?.file ?? ''}" does not. Use the same column name in every file, or add the column where it is missing.`,
      )
  }
  return null
}

/** How often each name is there. */
function timesOf(columns: readonly string[]): ReadonlyMap<string, number> {
  const times = new Map<string, number>()
  for (const name of columns.map(foldName)) times.set(name, (times.get(name) ?? 0) + 1)
  return times
}

function refused(why: string): RollcallError {
  return new RollcallError('query_failed', { detail: `The query is refused. ${why}` })
}
