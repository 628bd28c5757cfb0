import type { ReactElement } from 'react'

/** An ad account by the name it has in Pinterest, with its id. */
export function AdAccount({
  of,
}: {
  readonly of: { readonly id: string; readonly name: string }
}): ReactElement {
  return (
    <span>
      {of.name} <code>{of.id}</code>
    </span>
  )
}
