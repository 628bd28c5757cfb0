import type { Item } from '../../api/call.ts'
import { useRead } from '../../api/hooks.ts'

export type DestinationKind = Item<'destinations.kinds'>

/** What a kind of destination declares; undefined until that is known, and for a kind that the service does not know. */
export function useKind(kind: string | undefined): DestinationKind | undefined {
  return useRead('destinations.kinds', {}).data?.items.find((one) => one.kind === kind)
}
