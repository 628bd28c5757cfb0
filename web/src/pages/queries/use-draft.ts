import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { ApiError } from '../../api/call.ts'
import { keyOf, useSend } from '../../api/hooks.ts'
import type { QueryText } from '../../api/operations.ts'
import type { Query } from './query-status.tsx'

/** The text as you type it, on top of the saved one. */
export interface Draft {
  readonly text: QueryText
  readonly isDirty: boolean
  readonly isSaving: boolean
  readonly error: ApiError | null
  /** What someone else saved meanwhile, when it differs from what the typing began with. */
  readonly theirs: Query | null
  readonly edit: (change: Partial<QueryText>) => void
  /** Saves what was typed. Error: `ApiError`, which is also shown. */
  readonly save: () => Promise<void>
  /** Forgets what was typed and goes on from this. */
  readonly take: (query: Query) => void
  /** Goes on with what was typed; saving it replaces theirs. */
  readonly keepMine: () => void
}

export function useDraft(query: Query): Draft {
  const [base, setBase] = useState(query)
  const [text, setText] = useState(() => textOf(query))
  const client = useQueryClient()
  const update = useSend('queries.update')
  const isDirty = !isSameText(text, textOf(base))
  const isNewer = query.version > base.version && !update.isPending
  const take = (next: Query): void => {
    setBase(next)
    setText(textOf(next))
  }
  // What leaves the typed text alone is taken in without asking.
  if (isNewer && !isDirty) take(query)
  else if (isNewer && isSameText(textOf(query), textOf(base))) setBase(query)
  return {
    text,
    isDirty,
    isSaving: update.isPending,
    error: update.error?.code === 'changed_meanwhile' ? null : update.error,
    theirs: isNewer && isDirty ? query : null,
    edit: (change) => setText((before) => ({ ...before, ...change })),
    save: async () => {
      try {
        const input = { params: { id: base.id }, body: { version: base.version, draft: text } }
        setBase(await update.mutateAsync(input))
      } catch (error) {
        await client.invalidateQueries({ queryKey: keyOf('queries.get', { params: { id: base.id } }) })
        throw error
      }
    },
    take,
    keepMine: () => setBase(query),
  }
}

/** The text that is edited next. */
export function textOf({ draft, active }: Query): QueryText {
  return draft ?? active ?? { sql: '', emailColumn: 'email', hashed: false }
}

export function isSameText(one: QueryText, other: QueryText): boolean {
  return one.sql === other.sql && one.emailColumn === other.emailColumn && one.hashed === other.hashed
}
