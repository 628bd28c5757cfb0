import { Button } from '@mantine/core'
import { useState } from 'react'
import type { ReactElement } from 'react'
import { count } from '../format/number.ts'

/** The first or the last of very many rows, until someone wants them all: a page stays quick however long a workflow was. */
export function useCut<Row>(
  rows: readonly Row[],
  options: { readonly max: number; readonly from: 'start' | 'end'; readonly what: string },
): {
  readonly shown: readonly Row[]
  readonly showAll: ReactElement | null
} {
  const [isWhole, setIsWhole] = useState(false)
  const { max, from, what } = options
  if (isWhole || rows.length <= max) return { shown: rows, showAll: null }
  return {
    shown: from === 'start' ? rows.slice(0, max) : rows.slice(-max),
    showAll: (
      <p className="row cut">
        <span className="dim">
          {from === 'start' ? 'The first' : 'The last'} {count(max)} of {count(rows.length)} {what}
        </span>
        <Button variant="default" size="compact-sm" onClick={() => setIsWhole(true)}>
          Show all
        </Button>
      </p>
    ),
  }
}
