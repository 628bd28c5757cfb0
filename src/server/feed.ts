import type { StoreEvent } from '../store/events.ts'
import type { Store } from '../store/store.ts'

/** Live events of one server process: one connection to the database for all who watch. */

export type FeedEvent = StoreEvent | { readonly type: 'gap' }

export interface Feed {
  /** Calls back for every event until the returned function is called. */
  readonly watch: (onEvent: (event: FeedEvent) => void) => () => void
}

/** Starts to listen. Error: `database_unavailable`. */
export async function openFeed(store: Pick<Store, 'listen'>, signal: AbortSignal): Promise<Feed> {
  const watchers = new Set<(event: FeedEvent) => void>()
  const tell = (event: FeedEvent): void => {
    for (const watcher of watchers) watcher(event)
  }
  await store.listen({ onEvent: tell, onGap: () => tell({ type: 'gap' }), signal })
  return {
    watch: (onEvent) => {
      watchers.add(onEvent)
      return () => watchers.delete(onEvent)
    },
  }
}
