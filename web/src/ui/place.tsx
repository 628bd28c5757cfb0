import type { ReactElement } from 'react'

/** Where a destination leads to, such as an ad account: by the name it has there, with its id. */
export function Place({
  of,
}: {
  readonly of: { readonly id: string; readonly name: string } | null
}): ReactElement {
  if (of === null) return <span>–</span>
  return (
    <span>
      {of.name} <code>{of.id}</code>
    </span>
  )
}
