import { Link } from '@tanstack/react-router'
import type { ReactElement, ReactNode } from 'react'
import { Icon } from './icon.tsx'

/** A link that the API gave: a page of the console, or an address of Pinterest's, which opens beside it. */
export function ServerLink(props: { readonly to: string; readonly children: ReactNode }): ReactElement {
  if (props.to.startsWith('/')) return <Link to={props.to}>{props.children}</Link>
  return (
    <a href={props.to} target="_blank" rel="noreferrer">
      {props.children} <Icon name="out" size={14} />
      <span className="hidden"> (opens a new tab)</span>
    </a>
  )
}
