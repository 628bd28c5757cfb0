import type { ReactElement } from 'react'
import { partsOf } from '../format/prose.ts'

/** A text of the service, such as the message of an error or what to do about it, with its commands as code. */
export function Prose({ of }: { readonly of: string }): ReactElement {
  return (
    <>
      {partsOf(of).map(({ text, isCode }, index) =>
        // oxlint-disable-next-line react/no-array-index-key -- the parts of one text stay in their places
        isCode ? <code key={index}>{text}</code> : text,
      )}
    </>
  )
}
