import { ActionIcon, Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { ReactElement } from 'react'
import { useRead, useSend } from '../api/hooks.ts'
import type { Item } from '../api/call.ts'
import { progressOf } from '../format/progress.ts'
import { words } from '../format/words.ts'
import { Icon } from '../ui/icon.tsx'
import { Mark } from '../ui/mark.tsx'
import type { Tone } from '../ui/mark.tsx'
import { Answered, Empty } from '../ui/notices.tsx'
import { Time } from '../ui/time.tsx'
import { Prose } from '../ui/prose.tsx'

/** What happened, newest first, live. A card of a workflow changes as the workflow goes on. */

type Card = Item<'notifications.list'>

const PAGE = 30

export function Notifications(props: {
  /** Null in a dialog, which has a title and a way to close it itself. */
  readonly onClose: (() => void) | null
}): ReactElement {
  const [limit, setLimit] = useState(PAGE)
  const cards = useRead('notifications.list', { query: { limit } })
  const readAll = useSend('notifications.read-all')
  const newest = cards.data?.items.reduce((most, { number }) => Math.max(most, number), 0) ?? 0
  return (
    <div className="pane">
      <div className="pane-head">
        {props.onClose !== null && <h2>Notifications</h2>}
        {cards.data !== undefined && cards.data.unread > 0 && (
          <Button
            variant="subtle"
            size="compact-sm"
            onClick={() => readAll.mutate({ body: { upTo: newest } })}
            loading={readAll.isPending}
          >
            Mark all read
          </Button>
        )}
        {props.onClose !== null && (
          <ActionIcon variant="subtle" aria-label="Close notifications" onClick={props.onClose}>
            <Icon name="close" size={16} />
          </ActionIcon>
        )}
      </div>
      <Answered of={cards}>
        {({ items, nextCursor }) => (
          <>
            {items.length === 0 && (
              <Empty title="You have no notifications.">
                Runs, alerts and decisions that need you appear here.
              </Empty>
            )}
            <ul className="cards">
              {groupsOf(items).map((group) =>
                group.length > 1 ? (
                  <Completed key={group.at(-1)?.id} cards={group} />
                ) : (
                  group.map((card) => <NotificationCard key={card.id} card={card} />)
                ),
              )}
            </ul>
            {nextCursor !== null && (
              <Button variant="subtle" size="compact-sm" onClick={() => setLimit(limit + PAGE)}>
                Show older
              </Button>
            )}
          </>
        )}
      </Answered>
    </div>
  )
}

/** Successes that follow one another are one group; every other card stands by itself. */
function groupsOf(all: readonly Card[]): Card[][] {
  const groups: Card[][] = []
  for (const card of all) {
    const group = groups.at(-1)
    if (card.kind === 'completed' && group?.[0]?.kind === 'completed') group.push(card)
    else groups.push([card])
  }
  return groups
}

/** Successes take one line together, until they are asked for. */
function Completed({ cards }: { readonly cards: readonly Card[] }): ReactElement {
  const unread = cards.filter(({ read }) => !read).length
  return (
    <li className="card card-group">
      <details>
        <summary>
          <Mark tone="ok">{cards.length} completed</Mark>
          {unread > 0 && <span className="dim small">{unread} new</span>}
        </summary>
        <ul className="cards">
          {cards.map((card) => (
            <NotificationCard key={card.id} card={card} />
          ))}
        </ul>
      </details>
    </li>
  )
}

const tones: Readonly<Record<Card['kind'], Tone>> = {
  running: 'run',
  completed: 'ok',
  warning: 'warn',
  error: 'bad',
}

const kindWords: Readonly<Record<Card['kind'], string>> = {
  running: 'Running',
  completed: 'Completed',
  warning: 'Warning',
  error: 'Error',
}

function NotificationCard({ card }: { readonly card: Card }): ReactElement {
  const read = useSend('notifications.read')
  const markRead = (): void => {
    if (!card.read) read.mutate({ params: { id: card.id } })
  }
  return (
    <li className={`card ${card.read ? '' : 'unread'}`}>
      <div className="card-head">
        {card.settled ? (
          <Mark tone="plain">Resolved by a later run</Mark>
        ) : (
          <Mark tone={tones[card.kind]} icon={card.kind === 'warning' ? 'warn' : undefined}>
            {kindWords[card.kind]}
          </Mark>
        )}
        <span className="dim small">
          <Time at={card.updatedAt} />
        </span>
      </div>
      <p className="card-title">{card.title}</p>
      <p>
        <Prose of={card.text} />
      </p>
      {card.kind === 'running' && <Steps card={card} />}
      <div className="card-actions">
        {card.workflow !== null && (
          <Link to="/workflows/$id" params={{ id: card.workflow }} onClick={markRead}>
            View Workflow
          </Link>
        )}
        {!card.read && (
          <button type="button" className="text-button" onClick={markRead}>
            Mark read
          </button>
        )}
      </div>
    </li>
  )
}

function Steps({ card }: { readonly card: Card }): ReactElement {
  const finished = Array.isArray(card.data['finished']) ? card.data['finished'].map(String) : []
  const progress = progressOf(card.data)
  return (
    <ul className="steps small">
      {finished.map((task) => (
        <li key={task}>
          <Icon name="check" size={14} /> {words(task)}
        </li>
      ))}
      {progress !== null && (
        <li>
          <Icon name="run" size={14} /> {progress.text}
        </li>
      )}
    </ul>
  )
}
