import { Button } from '@mantine/core'
import type { ReactElement } from 'react'

/** Steps through a list of pages. The way back is the browser's, or to the start. */
export function Pager(props: {
  readonly isFirst: boolean
  readonly nextCursor: string | null
  readonly words: { readonly first: string; readonly next: string }
  readonly onPage: (cursor: string) => void
}): ReactElement | null {
  const { isFirst, nextCursor } = props
  if (isFirst && nextCursor === null) return null
  return (
    <nav className="pager" aria-label="Pages">
      <Button variant="default" size="xs" disabled={isFirst} onClick={() => props.onPage('')}>
        {props.words.first}
      </Button>
      <Button
        variant="default"
        size="xs"
        disabled={nextCursor === null}
        onClick={() => props.onPage(nextCursor ?? '')}
      >
        {props.words.next}
      </Button>
    </nav>
  )
}
