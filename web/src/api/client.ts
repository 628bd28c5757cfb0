import { QueryCache, QueryClient } from '@tanstack/react-query'
import { ApiError } from './call.ts'

/** What was read, kept until an event says that it changed. */

const RETRY_MS_MAX = 5_000
const FRESH_MS = 5_000

/** `onSignedOut` is told when the API no longer knows who asks. */
export function createClient(onSignedOut: () => void): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({
      onError: (error, { queryKey }) => {
        // Whoever asks who is signed in deals with the answer itself.
        const asksWho = queryKey[0] === 'me.get'
        if (error instanceof ApiError && error.code === 'not_signed_in' && !asksWho) onSignedOut()
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: FRESH_MS,
        // A server that starts again is waited for, however long it takes.
        retry: (_, error) => error instanceof ApiError && error.isPassing,
        retryDelay: (attempt) => Math.min(RETRY_MS_MAX, 300 * 2 ** attempt),
        // Only a request tells whether this server is there; the browser speaks of the internet.
        networkMode: 'always',
      },
      mutations: { networkMode: 'always' },
    },
  })
}

declare module '@tanstack/react-query' {
  interface Register {
    defaultError: ApiError
  }
}
