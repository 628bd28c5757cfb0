import { RollcallError } from '../../../base/rollcall-error.ts'
import { plural } from '../../../base/words.ts'
import type { Prepared } from '../../../engines/contract.ts'
import { mixUpHint } from './mix-up.ts'

/** What to say of a query with too few `members` for an audience; `so` tells what becomes of the list. */
export function tooFew(
  prepared: Pick<Prepared, 'invalidByReason' | 'foundForms'>,
  members: number,
  { minimum, so }: { readonly minimum: number; readonly so: string },
): RollcallError {
  const found = members === 0 ? 'no valid address' : plural(members, 'valid address', 'valid addresses')
  return new RollcallError('not_enough_records', {
    detail: `the query returned ${found}${so}${mixUpHint(prepared)}`,
    minimum,
  })
}
