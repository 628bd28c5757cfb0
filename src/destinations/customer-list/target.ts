import { listKey, openList } from '../../ledger/lists.ts'
import type { Settings } from '../../sources/contract.ts'
import type { TargetKind } from '../contract.ts'
import { shownLists } from './reading/shown-lists.ts'

export const target: TargetKind = {
  noun: 'customer list',
  label: 'List name',
  hint: 'Created if the ad account has no list with this name; otherwise kept in step. The audience gets the same name.',
  where: 'this ad account',
  nameCharsMax: 'listNameCharsMax',
  key: (settings, name) => listKey(accountOf(settings), name),
  open: async (db, settings, name) => (await openList(db, accountOf(settings), name)).id,
  shown: shownLists,
}

/** The ad account of a destination. */
export function accountOf(settings: Settings): string {
  return String(settings['adAccountId'])
}
