import type { ReactElement, ReactNode } from 'react'
import { useTitle } from '../../ui/page.tsx'

/** The frame of pages that are there before someone is signed in. */
export function AccessFrame(props: { readonly title: string; readonly children: ReactNode }): ReactElement {
  useTitle(props.title)
  return (
    <main className="access">
      <p className="access-name">
        <img src="/icon.svg" alt="" width="28" height="28" /> Rollcall
      </p>
      <h1>{props.title}</h1>
      {props.children}
    </main>
  )
}
