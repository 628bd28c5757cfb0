import type { ReactElement } from 'react'
import type { Tone } from './mark.tsx'

/** A share of a whole as a bar, beside the number that says it. */
export function ShareBar(props: { readonly share: number; readonly tone?: Tone }): ReactElement {
  const percent = Math.min(100, Math.max(0, props.share * 100))
  return (
    <span className={`share-bar tone-${props.tone ?? 'plain'}`} aria-hidden="true">
      <span style={{ width: `${percent}%` }} />
    </span>
  )
}
