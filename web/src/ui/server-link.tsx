import { Link } from '@tanstack/react-router'
import type { ReactElement, ReactNode } from 'react'
import { ownPath } from '../own-path.ts'
import { Icon } from './icon.tsx'

/** A link that the API gave: a page of the console, or an address of Pinterest's, which opens beside it. Any other is no link. */
export function ServerLink(props: { readonly to: string; readonly children: ReactNode }): ReactElement {
  const own = ownPath(props.to)
  if (own !== null) return <Link to={own}>{props.children}</Link>
  if (URL.parse(props.to)?.protocol !== 'https:') return <span>{props.children}</span>
  return (
    <a href={props.to} target="_blank" rel="noreferrer">
      {props.children} <Icon name="out" size={14} />
      <span className="hidden"> (opens a new tab)</span>
    </a>
  )
}
