import { useMutation } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { call } from '../../api/call.ts'
import type { Answer, ApiError, Input } from '../../api/call.ts'
import type { QueryText } from '../../api/operations.ts'

type Asking = 'queries.preview' | 'queries.count'

/** Asks the source, which may take long: it can be stopped, and is when the page is left. */
export function useAsked<Id extends Asking>(id: Id) {
  const asking = useRef<AbortController | null>(null)
  const [of, setOf] = useState<QueryText | null>(null)
  const { data, error, isPending, mutate, reset } = useMutation<Answer<Id>, ApiError, Input<Id>>({
    mutationFn: (input) => {
      asking.current = new AbortController()
      return call(id, input, { signal: asking.current.signal })
    },
  })
  useEffect(() => () => asking.current?.abort(), [])
  return {
    data,
    error,
    isPending,
    /** The text that was asked about last, as its asker named it. */
    of,
    ask: (input: Input<Id>, text: QueryText | null = null): void => {
      asking.current?.abort()
      setOf(text)
      mutate(input)
    },
    stop: (): void => {
      asking.current?.abort()
      reset()
    },
  }
}
