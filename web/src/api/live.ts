import { useQueryClient } from '@tanstack/react-query'
import type { QueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { call, urlOf } from './call.ts'
import { isOf, readAgain } from './hooks.ts'

/** The stream of events: it names what changed, and that is read again. */

/** Resources whose answers show something of the kind that an event is about. */
const SHOWN_IN = {
  notification: ['notifications'],
  workflow: ['workflows', 'orchestrations', 'lists', 'queries'],
  credential: ['credentials', 'destinations'],
  destination: ['destinations', 'orchestrations', 'lists'],
  data_source: ['data-sources', 'queries'],
  query: ['queries', 'orchestrations'],
  orchestration: ['orchestrations', 'lists'],
  alert: ['alerts'],
} as const satisfies Record<string, readonly string[]>

/** Events that come at once are answered with one reading. */
const GATHER_MS = 150
const RECONNECT_MS_MAX = 5_000
/** A stream that says nothing for so long at its start, or for this many of its signs of life, is held back on the way. */
const QUIET_MS_MAX = 5_000
const SIGNS_MISSED_MAX = 2
/** While the stream is not heard, what is shown is read again this often. */
const READ_AGAIN_MS = 5_000

/** All that events may be about. */
const ALL: readonly string[] = Object.values(SHOWN_IN).flat()

/** A stream that was opened before there was a page to show what it tells. */
interface EarlyStream {
  readonly source: EventSource
  readonly changed: Set<string>
  /** Its last word that it is heard. */
  heard?: MessageEvent<string>
}

let early: EarlyStream | null = null

/**
 * Opens the stream while the page still loads. What is read once it is heard misses nothing, so that it need not be read again.
 * Without a sign-in the server refuses it, and the page opens one later.
 */
export function openEarly(client: QueryClient): void {
  if (document.visibilityState !== 'visible') return
  const stream: EarlyStream = {
    source: new EventSource(urlOf('notifications.stream', {})),
    changed: new Set(),
  }
  const forget = (): void => {
    if (early !== stream) return
    stream.source.close()
    early = null
  }
  stream.source.addEventListener('gap', (event) => {
    const mayHaveMissed =
      stream.heard !== undefined || client.getQueryCache().findAll({ predicate: isLive }).length > 0
    stream.heard = event
    if (mayHaveMissed) for (const resource of ALL) stream.changed.add(resource)
  })
  for (const [type, resources] of Object.entries(SHOWN_IN))
    stream.source.addEventListener(type, () => {
      for (const resource of resources) stream.changed.add(resource)
    })
  stream.source.addEventListener('error', forget)
  document.addEventListener('visibilitychange', forget, { once: true })
  early = stream
}

function isLive({ queryKey }: { readonly queryKey: readonly unknown[] }): boolean {
  return isOf(queryKey, ALL)
}

/**
 * Keeps what is shown live while the page is visible, and says whether the server is heard. A hidden page lets go of its
 * stream, since a browser opens few connections to one server; what it missed is read when it is seen again.
 */
export function useLive(): { readonly isHeard: boolean } {
  const client = useQueryClient()
  const [isHeard, setIsHeard] = useState(true)
  useEffect(() => {
    const changed = new Set<string>()
    let gathering: ReturnType<typeof setTimeout> | undefined
    const readChanged = (): void => {
      const resources = [...changed]
      changed.clear()
      gathering = undefined
      void readAgain(client, ({ queryKey }) => isOf(queryKey, resources))
    }
    const note = (resources: readonly string[]): void => {
      for (const resource of resources) changed.add(resource)
      gathering ??= setTimeout(readChanged, GATHER_MS)
    }
    const close = openStream({ onChange: note, onHeard: setIsHeard })
    return () => {
      clearTimeout(gathering)
      close()
    }
  }, [client])
  return { isHeard }
}

/**
 * A stream that is refused on the way, or whose events are held back there, as some proxies do, is made up for: what is shown is then
 * read again at intervals, until the stream is heard.
 */
function openStream(options: {
  readonly onChange: (resources: readonly string[]) => void
  readonly onHeard: (isHeard: boolean) => void
}): () => void {
  let source: EventSource | null = null
  let again: ReturnType<typeof setTimeout> | undefined
  let reading: ReturnType<typeof setTimeout> | undefined
  let quietMs = QUIET_MS_MAX
  let failures = 0
  const readLater = (waitMs: number): void => {
    clearTimeout(reading)
    reading = setTimeout(() => {
      options.onChange(ALL)
      readLater(READ_AGAIN_MS)
    }, waitMs)
  }
  const hear = ({ data }: MessageEvent<string>): void => {
    failures = 0
    const { aliveMs } = JSON.parse(data) as { readonly aliveMs?: number }
    if (aliveMs !== undefined) quietMs = QUIET_MS_MAX + SIGNS_MISSED_MAX * aliveMs
    readLater(quietMs)
    options.onHeard(true)
  }
  const connect = (): void => {
    const opened = early
    early = null
    source = opened?.source ?? new EventSource(urlOf('notifications.stream', {}))
    readLater(QUIET_MS_MAX)
    if (opened?.heard !== undefined) hear(opened.heard)
    if (opened !== null && opened.changed.size > 0) options.onChange([...opened.changed])
    for (const [type, resources] of Object.entries(SHOWN_IN))
      source.addEventListener(type, (event) => {
        hear(event)
        options.onChange(resources)
      })
    source.addEventListener('alive', hear)
    // Told at the start and whenever events may have been missed.
    source.addEventListener('gap', (event) => {
      hear(event)
      options.onChange(ALL)
    })
    // The browser gives up at an answer that is no stream, such as that of a proxy while the server starts again, or when the
    // sign-in is over: a request tells which.
    source.addEventListener('error', () => {
      source?.close()
      failures += 1
      if (failures > 1)
        call('me.where', {}).then(
          () => options.onHeard(true),
          () => options.onHeard(false),
        )
      // Not at once: a change of the own password ends the stream a moment before its answer brings the new sign-in.
      again = setTimeout(
        () => {
          options.onChange(failures > 1 ? ALL : ['notifications'])
          connect()
        },
        Math.min(RECONNECT_MS_MAX, 250 * 2 ** failures),
      )
    })
  }
  const disconnect = (): void => {
    clearTimeout(again)
    clearTimeout(reading)
    source?.close()
    source = null
  }
  const onVisibility = (): void => {
    disconnect()
    if (document.visibilityState === 'visible') connect()
  }
  document.addEventListener('visibilitychange', onVisibility)
  onVisibility()
  return () => {
    document.removeEventListener('visibilitychange', onVisibility)
    disconnect()
  }
}
