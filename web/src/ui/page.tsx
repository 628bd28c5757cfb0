import { useEffect } from 'react'
import type { ReactElement, ReactNode } from 'react'

/** What every page has: one heading, actions beside it, and the name of the browser's tab. */
export function Page(props: {
  readonly title: string
  /** Above the heading: where this page belongs. */
  readonly parent?: ReactNode
  /** Below the heading: what a person must know before all else. */
  readonly about?: ReactNode
  readonly actions?: ReactNode
  readonly children: ReactNode
}): ReactElement {
  useTitle(props.title)
  return (
    <>
      <header className="page-head">
        <div className="page-title">
          {props.parent !== undefined && <div className="page-parent">{props.parent}</div>}
          <h1>{props.title}</h1>
          {props.about !== undefined && <div className="page-about">{props.about}</div>}
        </div>
        {props.actions !== undefined && <div className="page-actions">{props.actions}</div>}
      </header>
      {props.children}
    </>
  )
}

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Rollcall`
  }, [title])
}

/** A part of a page with a heading of its own. */
export function Section(props: {
  readonly title: string
  /** It is what the page is about, and the sections below are about it. */
  readonly isSubject?: boolean
  readonly actions?: ReactNode
  readonly children: ReactNode
}): ReactElement {
  return (
    <section
      className={`section ${props.isSubject === true ? 'section-subject' : ''}`}
      aria-label={props.title}
    >
      <div className="section-head">
        <h2>{props.title}</h2>
        {props.actions}
      </div>
      {props.children}
    </section>
  )
}
