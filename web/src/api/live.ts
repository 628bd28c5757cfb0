import { useQueryClient } from '@tanstack/react-query'
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

function openStream(options: {
  readonly onChange: (resources: readonly string[]) => void
  readonly onHeard: (isHeard: boolean) => void
}): () => void {
  let source: EventSource | null = null
  let again: ReturnType<typeof setTimeout> | undefined
  let failures = 0
  const connect = (): void => {
    source = new EventSource(urlOf('notifications.stream', {}))
    for (const [type, resources] of Object.entries(SHOWN_IN))
      source.addEventListener(type, () => options.onChange(resources))
    // Told at the start and whenever events may have been missed.
    source.addEventListener('gap', () => {
      failures = 0
      options.onHeard(true)
      options.onChange(Object.values(SHOWN_IN).flat())
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
          options.onChange(['notifications'])
          connect()
        },
        Math.min(RECONNECT_MS_MAX, 250 * 2 ** failures),
      )
    })
  }
  const disconnect = (): void => {
    clearTimeout(again)
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
