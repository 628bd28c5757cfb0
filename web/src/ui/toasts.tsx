import { ActionIcon } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useSyncExternalStore } from 'react'
import type { ReactElement } from 'react'
import { Icon } from './icon.tsx'
import type { Tone } from './mark.tsx'
import { Prose } from './prose.tsx'

/** Short messages about what was just done, beside the page and read aloud. Errors stand in their place on the page instead. */

interface Toast {
  readonly id: number
  readonly tone: Tone
  readonly text: string
  readonly about: About | null
}

/** What has arrived, which leads to its workflow and takes the place of what arrived before it. */
interface About {
  readonly kind: 'arrival'
  readonly workflow: string | null
}

const SHOWN_MS = 6_000
/** What arrived by itself is not expected, and takes longer to read. */
const ARRIVAL_SHOWN_MS = 15_000

let toasts: readonly Toast[] = []
let lastId = 0
const watchers = new Set<() => void>()

export function toast(text: string, tone: Tone = 'ok', about: About | null = null): void {
  lastId += 1
  const id = lastId
  const others = about === null ? toasts : toasts.filter((one) => one.about === null)
  set([...others, { id, tone, text, about }])
  setTimeout(() => dismiss(id), about === null ? SHOWN_MS : ARRIVAL_SHOWN_MS)
}

/** What has arrived is settled: a message that says otherwise would contradict the page. */
export function dismissArrivals(): void {
  set(toasts.filter(({ about }) => about === null))
}

function dismiss(id: number): void {
  set(toasts.filter((one) => one.id !== id))
}

function set(next: readonly Toast[]): void {
  toasts = next
  for (const watcher of watchers) watcher()
}

function watch(watcher: () => void): () => void {
  watchers.add(watcher)
  return () => watchers.delete(watcher)
}

export function Toasts(): ReactElement {
  const shown = useSyncExternalStore(watch, () => toasts)
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map(({ id, tone, text, about }) => (
        <div key={id} className={`toast tone-${tone}`}>
          <Icon name={tone === 'ok' ? 'check' : 'warn'} size={16} />
          <span className="toast-text">
            <Prose of={text} />
          </span>
          {about !== null && about.workflow !== null && (
            <Link
              className="nowrap"
              to="/workflows/$id"
              params={{ id: about.workflow }}
              onClick={() => dismiss(id)}
            >
              View Workflow
            </Link>
          )}
          <ActionIcon variant="subtle" size="sm" aria-label="Dismiss" onClick={() => dismiss(id)}>
            <Icon name="close" size={14} />
          </ActionIcon>
        </div>
      ))}
    </div>
  )
}
