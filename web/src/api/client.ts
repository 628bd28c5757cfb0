import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { ApiError } from './call.ts'

/** What was read, kept until an event says that it changed. */

const RETRY_MS_MAX = 5_000
const FRESH_MS = 5_000

/** `onSignedOut` is called when the API no longer knows who asks. */
export function createClient(onSignedOut: (asked: { readonly isSending: boolean }) => void): QueryClient {
  return new QueryClient({
    mutationCache: new MutationCache({
      onError: (error) => {
        if (isSignedOut(error)) onSignedOut({ isSending: true })
      },
    }),
    queryCache: new QueryCache({
      onError: (error, { queryKey }) => {
        // Code that asks who is signed in deals with the answer itself.
        const asksWho = queryKey[0] === 'me.get'
        if (isSignedOut(error) && !asksWho) onSignedOut({ isSending: false })
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

function isSignedOut(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'not_signed_in'
}

declare module '@tanstack/react-query' {
  interface Register {
    defaultError: ApiError
  }
}
