import { hashKey, queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { Query, QueryClient, UseMutationResult, UseQueryResult } from '@tanstack/react-query'
import { useState } from 'react'
import { ApiError, call } from './call.ts'
import type { Answer, Input, OperationId } from './call.ts'

/** Reading and sending as components do it. */

/** What the cache knows an answer by. */
export function keyOf<Id extends OperationId>(id: Id, input: Input<Id>) {
  return [id, input] as const
}

export function readOptions<Id extends OperationId>(id: Id, input: Input<Id>) {
  return queryOptions<Answer<Id>, ApiError, Answer<Id>, ReturnType<typeof keyOf<Id>>>({
    queryKey: keyOf(id, input),
    queryFn: ({ signal }) => call(id, input, { signal }),
  })
}

/** What a component sees of a reading. */
export type Reading<T> = Pick<
  UseQueryResult<T>,
  'data' | 'error' | 'isLoading' | 'isFetching' | 'isPlaceholderData' | 'dataUpdatedAt' | 'refetch'
>

/**
 * An answer, kept live by events. While another page of a list is read, the one before stays; never that of another thing. An error
 * stays until there is an answer, also while it is read again: so it does not flicker, and can be tried again at any moment.
 */
export function useRead<Id extends OperationId>(
  id: Id,
  input: Input<Id>,
  options: { readonly enabled?: boolean; readonly staleTime?: number } = {},
): Reading<Answer<Id>> {
  const reading = useQuery({
    ...readOptions(id, input),
    placeholderData: (before, query) =>
      paramsOf(input) === paramsOf(query?.queryKey[1]) ? before : undefined,
    ...options,
  })
  const error = useUnanswered(hashKey(keyOf(id, input)), reading)
  return error === null ? reading : { ...reading, data: undefined, error, isLoading: false }
}

/** The error of a reading that is under way again and has brought no answer yet; the cache forgets it as soon as it begins. */
function useUnanswered<T>(
  key: string,
  { data, error, isPlaceholderData }: UseQueryResult<T>,
): ApiError | null {
  const [last, setLast] = useState<{ readonly key: string; readonly error: ApiError } | null>(null)
  const isAnswered = data !== undefined && !isPlaceholderData
  if (error !== null && last?.error !== error) setLast({ key, error })
  if (error === null && isAnswered && last !== null) setLast(null)
  return error !== null || isAnswered || last?.key !== key ? null : last.error
}

/** Which thing is asked for; empty for a list of all. */
function paramsOf(input: unknown): string {
  return JSON.stringify(Object(input).params ?? {})
}

const RETRIES_MAX = 5

/**
 * Sends something that changes data, and reads again what it changed: everything of the same resource, and of those named.
 * A request whose answer was lost is repeated and takes effect once.
 *
 * `onDone` is called when that has been read again, also when what asked for it is not shown any more, such as a row that is gone
 * with it: what must be said of a change belongs there. What `mutate` takes is called only while its component is shown.
 */
export function useSend<Id extends OperationId>(
  id: Id,
  options: {
    readonly alsoChanges?: readonly string[]
    readonly onDone?: (answer: Answer<Id>) => void
  } = {},
): UseMutationResult<Answer<Id>, ApiError, Input<Id>> {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (input: Input<Id>) => sendOnce(id, input),
    onSuccess: async (answer, input) => {
      // The page of what was deleted is about to be left.
      const deleted = id.endsWith('.delete') ? hashKey([id.replace(/delete$/, 'get'), input]) : null
      const resources = [id.slice(0, id.indexOf('.')), ...(options.alsoChanges ?? [])]
      await readAgain(client, ({ queryKey, queryHash }) => queryHash !== deleted && isOf(queryKey, resources))
      options.onDone?.(answer)
    },
  })
}

/**
 * Reads again what is shown of the answers that `concerns` names, and marks the others as out of date. A reading that is under way may
 * have begun before the change, so it is followed by another: whatever it brings is not the last word. It is not cut off either, or
 * changes that follow quickly would keep anything from being shown.
 */
export async function readAgain(client: QueryClient, concerns: (query: Query) => boolean): Promise<void> {
  const underWay = client.getQueryCache().findAll({ predicate: concerns, fetchStatus: 'fetching' })
  await client.invalidateQueries({ predicate: concerns }, { cancelRefetch: false })
  await Promise.all(
    underWay.map(async ({ promise, queryKey }) => {
      await promise?.catch(() => null)
      await client.invalidateQueries({ queryKey, exact: true }, { cancelRefetch: false })
    }),
  )
}

/** Whether a key is of one of these resources, such as `workflows`. */
export function isOf(key: readonly unknown[], resources: readonly string[]): boolean {
  return resources.some((resource) => String(key[0]).startsWith(`${resource}.`))
}

async function sendOnce<Id extends OperationId>(id: Id, input: Input<Id>): Promise<Answer<Id>> {
  const idempotencyKey = randomKey()
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await call(id, input, { idempotencyKey })
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 0 && attempt < RETRIES_MAX)) throw error
      await new Promise((resolve) => setTimeout(resolve, 300 * 2 ** attempt))
    }
  }
}

/** Also without https, where `crypto.randomUUID` is missing. */
function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
}
