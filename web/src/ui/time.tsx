import type { ReactElement } from 'react'
import { exactTime, shortTime } from '../format/time.ts'

/** A moment, short; the exact one with its zone when pointed at, and for readers of the page's source. */
export function Time({ at }: { readonly at: string | null }): ReactElement {
  if (at === null) return <span className="dim">–</span>
  return (
    <time dateTime={at} title={exactTime(at)} className="nowrap">
      {shortTime(at)}
    </time>
  )
}
