import { Button } from '@mantine/core'
import type { ReactElement } from 'react'
import type { Answer } from '../../api/call.ts'
import { useRead } from '../../api/hooks.ts'
import { count } from '../../format/number.ts'
import { exactTime } from '../../format/time.ts'
import { title } from '../../format/words.ts'
import { DataTable } from '../../table/data-table.tsx'
import type { Column } from '../../table/data-table.tsx'
import { Icon } from '../../ui/icon.tsx'
import { Empty, ErrorNotice, Loading, Notice } from '../../ui/notices.tsx'
import { Section } from '../../ui/page.tsx'
import type { List } from './list.ts'

type Seen = Answer<'lists.verify'>

function mayAsk({ destination, pinterestId }: List): boolean {
  return destination !== null && pinterestId !== null
}

/** What Pinterest counts beside what it was told, and how far the audience is. Asked of Pinterest when the page is opened. */
export function AtPinterest({ list }: { readonly list: List }): ReactElement | null {
  const seen = useRead('lists.verify', { params: { id: list.id } }, { enabled: mayAsk(list) })
  if (!mayAsk(list)) return <Untold list={list} />
  const { data, error } = seen
  return (
    <Section
      title="At Pinterest"
      actions={
        <Button variant="default" size="xs" loading={seen.isFetching} onClick={() => void seen.refetch()}>
          Verify
        </Button>
      }
    >
      {error !== null && <ErrorNotice error={error} />}
      {data === undefined ? error === null && <Loading /> : <Shown list={list} seen={data} />}
    </Section>
  )
}

function Untold({ list }: { readonly list: List }): ReactElement {
  return (
    <Section title="At Pinterest">
      <Empty
        title={
          list.pinterestId === null
            ? 'This list does not exist at Pinterest yet.'
            : 'This list has no destination, so Rollcall has no credential to ask Pinterest with.'
        }
      >
        {list.pinterestId === null && 'The first run that sends members creates it.'}
      </Empty>
    </Section>
  )
}

function Shown({ list, seen }: { readonly list: List; readonly seen: Seen }): ReactElement {
  return (
    <div className="stack">
      {seen.problem === null ? (
        <Notice tone="ok">
          <p>
            {explained(list)} Verified {exactTime(seen.checkedAt)}.
          </p>
        </Notice>
      ) : (
        <Notice tone={seen.isChangedElsewhere ? 'warn' : 'bad'}>{seen.problem}</Notice>
      )}
      {seen.list !== null && <Counters list={list} seen={seen.list} />}
      <AudienceSteps seen={seen} />
    </div>
  )
}

/** Whose all that Pinterest counts is. */
function explained({ acceptedElsewhere: accepted }: List): string {
  if (accepted === null) return 'Everything that Pinterest counts was sent by Rollcall.'
  const by = accepted.by === null ? '' : ` by ${accepted.by}`
  const at = accepted.at === null ? '' : `, ${exactTime(accepted.at)}`
  return `${accepted.changes}; accepted${by}${at}. Rollcall sent everything else.`
}

interface Counter {
  readonly what: string
  readonly ours: number | null
  readonly theirs: number
}

const counterColumns: readonly Column<Counter>[] = [
  { id: 'what', header: 'Counted since the list was made', width: '50%', cell: ({ what }) => what },
  { id: 'ours', header: 'Sent by Rollcall', align: 'end', cell: ({ ours }) => count(ours) },
  {
    id: 'theirs',
    header: 'Counted by Pinterest',
    align: 'end',
    cell: ({ ours, theirs }) => (
      <span className={ours !== null && theirs > ours ? 'tone-warn tone-text' : ''}>
        {count(theirs)}
        {ours !== null && theirs > ours && ' (more)'}
      </span>
    ),
  },
]

function Counters({
  list,
  seen,
}: {
  readonly list: List
  readonly seen: NonNullable<Seen['list']>
}): ReactElement {
  const row = (what: string, name: 'batches' | 'uploaded' | 'removed'): Counter => ({
    what,
    ours: list.counters?.[name] ?? null,
    theirs: seen.counters[name],
  })
  return (
    <DataTable
      label="What Pinterest counts beside what was sent"
      columns={counterColumns}
      rows={[
        row('Requests', 'batches'),
        row('Uploaded records', 'uploaded'),
        row('Removed records', 'removed'),
      ]}
      keyOf={({ what }) => what}
    />
  )
}

/** Told, processed, ready: how far Pinterest is with the list and its audience. */
function AudienceSteps({ seen }: { readonly seen: Seen }): ReactElement {
  const isProcessed =
    seen.list !== null && seen.list.status !== 'PROCESSING' && seen.list.status !== 'UPLOADING'
  const isReady = seen.audience?.status === 'READY'
  const steps = [
    { word: 'Sent', isDone: seen.lastSentAt !== null, note: sentWords(seen) },
    { word: 'List processed', isDone: isProcessed, note: statusWord(seen.list?.status ?? '') },
    {
      word: 'Audience ready',
      isDone: isReady,
      note:
        seen.audience === null
          ? 'no audience yet'
          : `${statusWord(seen.audience.status)}${seen.audience.size === null ? '' : `, size ${count(seen.audience.size)}`}`,
    },
  ]
  return (
    <div>
      <ol className="audience-steps" aria-label="Audience">
        {steps.map(({ word, isDone, note }) => (
          <li key={word} className={isDone ? 'tone-ok' : 'tone-plain'}>
            <span className="mark">
              <Icon name={isDone ? 'check' : 'clock'} size={16} />
              {word}
              <span className="hidden">{isDone ? ' (done)' : ' (not yet)'}</span>
            </span>
            <span className="dim small">{note}</span>
          </li>
        ))}
      </ol>
      <p className="dim small">
        Pinterest may take up to 48 hours until a change shows in the audience. Its size counts the people
        whom Pinterest knows, so it may be smaller than the list.
      </p>
    </div>
  )
}

function sentWords({ lastSentAt: at }: Seen): string {
  return at === null ? 'nothing yet' : exactTime(at)
}

function statusWord(status: string): string {
  return status === '' ? 'not known' : title(status.toLowerCase())
}
