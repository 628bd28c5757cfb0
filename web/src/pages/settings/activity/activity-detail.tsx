import { Link } from '@tanstack/react-router'
import type { ReactElement, ReactNode } from 'react'
import type { Item } from '../../../api/call.ts'
import { exactTime } from '../../../format/time.ts'
import { title } from '../../../format/words.ts'
import { Facts } from '../../../ui/facts.tsx'

export type Entry = Item<'activity.list'>

/** All that is kept of one entry, and the way to those like it. */
export function ActivityDetail({ entry }: { readonly entry: Entry }): ReactElement {
  const { at, action, principalId, objectId, originIp, userAgent, sessionId, detail } = entry
  const known: readonly (readonly [string, ReactNode])[] = [
    ['When', exactTime(at)],
    ['Action', <Alike key="action" text={action} search={{ action }} />],
    ['By', principalId !== null && <Alike key="by" text={principalId} search={{ principal: principalId }} />],
    ['Object', objectId !== null && <Alike key="object" text={objectId} search={{ objectId }} />],
    ['From', originIp],
    ['Program', userAgent],
    ['Sign-in', sessionId !== null && <code key="sign-in">{sessionId}</code>],
  ]
  return (
    <Facts
      of={[
        ...Object.entries(detail).map(
          ([name, value]) => [title(name), <Value key={name} of={value} />] as const,
        ),
        ...known.filter(([, value]) => value !== null && value !== false),
      ]}
    />
  )
}

/** All entries that have the same of something. */
function Alike(props: {
  readonly text: string
  readonly search: { readonly action?: string; readonly principal?: string; readonly objectId?: string }
}): ReactElement {
  return (
    <>
      <code>{props.text}</code>{' '}
      <Link to="/settings/$tab" params={{ tab: 'activity' }} search={props.search} className="small">
        only these
      </Link>
    </>
  )
}

/** A changed field, or what was noted. */
function Value({ of }: { readonly of: unknown }): ReactElement {
  if (isChange(of))
    return (
      <>
        {textOf(of.from)} → {textOf(of.to)}
      </>
    )
  return <>{textOf(of)}</>
}

function isChange(value: unknown): value is { readonly from: unknown; readonly to: unknown } {
  return typeof value === 'object' && value !== null && 'from' in value && 'to' in value
}

function textOf(value: unknown): string {
  if (value === null || value === '' || (Array.isArray(value) && value.length === 0)) return 'none'
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return value.map(textOf).join(', ')
  return JSON.stringify(value)
}
