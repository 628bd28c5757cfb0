import { RollcallError } from '../../../base/rollcall-error.ts'
import type { LedgerList } from '../../../ledger/lists.ts'

/** What to say of a list that Pinterest has no more. */
export function listNotFound(list: LedgerList): RollcallError {
  return new RollcallError('list_not_found', {
    list: list.name,
    listId: list.pinterest_list_id ?? 'no id',
    adAccount: list.ad_account_id,
  })
}
