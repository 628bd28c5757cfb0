import type { InputColumn } from './input-view.ts'
import type { RoundedNumbers } from './judge/findings.ts'
import { roundedError } from './judge/refusals.ts'
import type { Session } from './session.ts'
import { identifier } from './sql.ts'

const PLAIN_NUMBERS = /^(?:U?(?:TINY|SMALL|BIG|HUGE)INT|U?INTEGER|DECIMAL\(\d+,\d+\)|FLOAT|DOUBLE)$/

/**
 * Refuses a query that compares numbers as FLOAT or DOUBLE, unless all that the columns of one side hold are so small that none is
 * rounded, as amounts are. Error: `query_failed`.
 */
export async function checkRounding(
  session: Session,
  { sides, exactBelow, scale }: RoundedNumbers,
  columns: readonly InputColumn[],
): Promise<void> {
  for (const side of sides) {
    const tests = [...side.columns].map((place) => {
      const column = columns[place]
      if (column?.isOpen !== true || !PLAIN_NUMBERS.test(column.type)) return 'false'
      // Rounding never makes a number smaller than one that is exact.
      return `coalesce(bool_and(abs(CAST(${identifier(column.name)} AS DOUBLE)) * 1e${scale} < ${exactBelow}e0), true)`
    })
    const [row] = await session.run(`SELECT ${tests.join(' AND ')} FROM input`)
    if (row?.[0] === true) return
  }
  throw roundedError()
}
