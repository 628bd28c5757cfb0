import type { ReactElement } from 'react'
import type { User } from '../../../api/operations.ts'
import { useRead } from '../../../api/hooks.ts'
import { title } from '../../../format/words.ts'

/** Policies and options by their titles. */

export type Grants = Pick<User, 'policies' | 'options'>

/** They change only with a new version of Rollcall. */
export function usePolicies() {
  return useRead('policies.list', {}, { staleTime: Number.POSITIVE_INFINITY })
}

export function GrantsCell({ of: { policies, options } }: { readonly of: Grants }): ReactElement {
  const titleOf = useTitleOf()
  return (
    <>
      <div>{policies.map(titleOf).join(', ')}</div>
      <div className="dim small">{options.map(titleOf).join(', ')}</div>
    </>
  )
}

/** The title of a policy or an option; close to it until the list of them is read. */
function useTitleOf(): (name: string) => string {
  const { data } = usePolicies()
  const all = [...(data?.policies ?? []), ...(data?.options ?? [])]
  return (name) => all.find((one) => one.name === name)?.title ?? title(name)
}

/** Facts for a page of someone who holds them. */
export function useGrantsFacts({ policies, options }: Readonly<Record<keyof Grants, readonly string[]>>) {
  const titleOf = useTitleOf()
  return [
    ['Policies', policies.map(titleOf).join(', ')],
    ['Options', options.length === 0 ? 'none' : options.map(titleOf).join(', ')],
  ] as const
}
