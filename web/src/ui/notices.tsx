import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactElement, ReactNode } from 'react'
import type { ApiError } from '../api/call.ts'
import { counted } from '../format/number.ts'
import { Icon } from './icon.tsx'
import type { IconName } from './icon.tsx'
import type { Tone } from './mark.tsx'
import { Prose } from './prose.tsx'

/** What a page says when there is something to say: an error in place, a hint, nothing there yet, still loading. */

const noticeIcons: Readonly<Record<Tone, IconName>> = {
  ok: 'check',
  warn: 'warn',
  bad: 'warn',
  run: 'info',
  plain: 'info',
}

export function Notice(props: {
  readonly tone: Tone
  readonly children: ReactNode
  readonly action?: ReactNode
}): ReactElement {
  return (
    <div className={`notice tone-${props.tone}`} role={props.tone === 'bad' ? 'alert' : 'status'}>
      <Icon name={noticeIcons[props.tone]} />
      <div className="notice-text">{props.children}</div>
      {props.action}
    </div>
  )
}

/**
 * A request that failed, in the API's words, with the id that finds it in the server's log. A destination that was refused shows
 * what was checked.
 */
export function ErrorNotice({
  error,
  onRetry,
}: {
  readonly error: ApiError
  readonly onRetry?: () => void
}): ReactElement {
  return (
    <Notice
      tone="bad"
      action={
        onRetry !== undefined && (
          <Button variant="default" size="xs" onClick={onRetry}>
            Try again
          </Button>
        )
      }
    >
      {error.checks.length === 0 ? (
        <p>
          <Prose of={error.message} />
        </p>
      ) : (
        <>
          <Checks of={error.checks} />
          <p className="strong">Nothing was saved.</p>
        </>
      )}
      <Steps of={error.actions} />
      <Running error={error} />
      {error.requestId !== null && <p className="dim small">Request {error.requestId}</p>}
    </Notice>
  )
}

/** Leads to the workflow that has to end first. */
function Running({ error: { code, message } }: { readonly error: ApiError }): ReactElement | null {
  const [id] = code === 'already_running' ? (/\bwf_\w+/.exec(message) ?? []) : []
  if (id === undefined) return null
  return (
    <p>
      <Link to="/workflows/$id" params={{ id }}>
        View Workflow
      </Link>
    </p>
  )
}

/** The checks made with Pinterest, in order. A failed one says why. */
export function Checks(props: { readonly of: ApiError['checks'] }): ReactElement {
  return (
    <ul className="checks">
      {props.of.map(({ check, ok, text }) => (
        <li key={check} className={`tone-${ok === null ? 'plain' : ok ? 'ok' : 'bad'}`}>
          <Icon name={ok === null ? 'dot' : ok ? 'check' : 'cross'} size={16} /> <Prose of={text} />
        </li>
      ))}
    </ul>
  )
}

/** What a person does about an error. */
export function Steps(props: { readonly of: ApiError['actions'] }): ReactElement | null {
  const steps = props.of.flatMap((action) => action.steps)
  if (steps.length === 0) return null
  return (
    <ol>
      {steps.map((step) => (
        <li key={step}>
          <Prose of={step} />
        </li>
      ))}
    </ol>
  )
}

/** Nothing there yet, and what to do first. */
export function Empty(props: { readonly title: string; readonly children?: ReactNode }): ReactElement {
  return (
    <div className="empty">
      <p className="empty-title">{props.title}</p>
      {props.children}
    </div>
  )
}

/**
 * Nothing that this person sees: there is none at all, so that the children say what to do first, or there are `hidden` ones that
 * their access does not include.
 */
export function EmptySeen(props: {
  /** Such as "destination". */
  readonly noun: string
  readonly hidden: number
  readonly title: string
  readonly children: ReactNode
}): ReactElement {
  const { noun, hidden, title, children } = props
  if (hidden === 0) return <Empty title={title}>{children}</Empty>
  return (
    <Empty title={hiddenText(noun, hidden)}>
      Ask an administrator if you need {hidden === 1 ? 'it' : 'them'}.
    </Empty>
  )
}

/** "There are 2 destinations. Your access does not include them." */
export function hiddenText(noun: string, hidden: number): string {
  const [verb, them] = hidden === 1 ? ['is', 'it'] : ['are', 'them']
  return `There ${verb} ${counted(hidden, noun)}. Your access does not include ${them}.`
}

/** Shown only when it is slow: the first moments are empty, so that nothing flickers. */
export function Loading(): ReactElement {
  return (
    <p className="loading dim" role="status">
      Loading…
    </p>
  )
}

/** The error, the loading or the answer of a reading, in place. What was answered before an error stays, such as a form in it. */
export function Answered<T>(props: {
  readonly of: {
    readonly data: T | undefined
    readonly error: ApiError | null
    readonly refetch: () => unknown
  }
  readonly children: (data: T) => ReactNode
}): ReactNode {
  const { data, error, refetch } = props.of
  const notice = error !== null && error.code !== 'not_signed_in' && (
    <ErrorNotice error={error} onRetry={() => void refetch()} />
  )
  if (data === undefined) return notice === false ? <Loading /> : notice
  return (
    <>
      {notice}
      {props.children(data)}
    </>
  )
}
