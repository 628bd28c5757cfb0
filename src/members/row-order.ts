import { RollcallError } from '../base/rollcall-error.ts'
import { listed } from '../base/words.ts'

/**
 * The warning about a query over files that chooses members by the order of rows, from the parts of it that do; null when there are none.
 * It is no error: a person may not mind which members they are.
 */
export function orderWarning(byOrder: readonly string[] = []): RollcallError | null {
  return byOrder.length === 0 ? null : new RollcallError('unordered_rows', { parts: listed(byOrder) })
}
