import { useSuspenseQuery } from '@tanstack/react-query'
import type { Answer } from './call.ts'
import { readOptions } from './hooks.ts'

/** Who is signed in and what they may do. Below the shell it is always known. */

export const meOptions = { ...readOptions('me.get', {}), staleTime: 60_000 }

export type Me = Answer<'me.get'>

export function useMe(): Me & {
  readonly may: (permission: string) => boolean
} {
  const { data } = useSuspenseQuery(meOptions)
  const may = (permission: string): boolean => data.permissions.includes(permission)
  return { ...data, may }
}
