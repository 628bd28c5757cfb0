import { ActionIcon } from '@mantine/core'
import { useSyncExternalStore } from 'react'
import type { ReactElement } from 'react'
import { Icon } from './icon.tsx'
import type { Tone } from './mark.tsx'

/** Short messages about what was just done, in one corner and read aloud. Errors stand in their place on the page instead. */

interface Toast {
  readonly id: number
  readonly tone: Tone
  readonly text: string
}

const SHOWN_MS = 6_000

let toasts: readonly Toast[] = []
let lastId = 0
const watchers = new Set<() => void>()

export function toast(text: string, tone: Tone = 'ok'): void {
  lastId += 1
  const id = lastId
  set([...toasts, { id, tone, text }])
  setTimeout(() => dismiss(id), SHOWN_MS)
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
      {shown.map(({ id, tone, text }) => (
        <div key={id} className={`toast tone-${tone}`}>
          <Icon name={tone === 'ok' ? 'check' : 'warn'} size={16} />
          <span>{text}</span>
          <ActionIcon variant="subtle" size="sm" aria-label="Dismiss" onClick={() => dismiss(id)}>
            <Icon name="close" size={14} />
          </ActionIcon>
        </div>
      ))}
    </div>
  )
}
