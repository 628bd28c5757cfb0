import { asRollcallError, RollcallError } from '../base/rollcall-error.ts'

/** One thing that is asked of the other system before a destination is saved. */
export interface Check {
  readonly check: string
  /** Null when it was not reached, since one before it failed. */
  readonly ok: boolean | null
  readonly text: string
}

/** A destination that the other system does not accept: nothing was saved. Keeps what was checked, for the person to see. */
export class DestinationRefused extends RollcallError {
  readonly checks: readonly Check[]

  constructor(error: RollcallError, checks: readonly Check[]) {
    super(error.code, error.data, { cause: error, passing: error.passing })
    this.checks = checks
  }
}

/**
 * What the other system refuses, in the words of the kind: `reason` goes on after "Destination refused: ", and `advice` is a whole
 * sentence that says what to do. Both are shown to people, and quote nothing secret.
 */
export function refused(words: { readonly reason: string; readonly advice: string }): RollcallError {
  return new RollcallError('destination_refused', { detail: words.reason, advice: words.advice })
}

/** What is checked, in this order: its name, and what is said of it when it is not reached. */
export type Order = readonly (readonly [check: string, notReached: string])[]

/**
 * Does `work`, which says of one check after the other that it passed. Error: `DestinationRefused` for the check that did not, with the
 * code of its error; when the signal aborted, its reason.
 */
export async function inOrder<T>(
  order: Order,
  signal: AbortSignal,
  work: (passed: (text: string) => void) => Promise<T>,
): Promise<{ readonly result: T; readonly checks: readonly Check[] }> {
  const checks: Check[] = []
  const passed = (text: string): void => {
    const [check = ''] = order[checks.length] ?? []
    checks.push({ check, ok: true, text })
  }
  try {
    return { result: await work(passed), checks }
  } catch (thrown) {
    signal.throwIfAborted()
    const error = asRollcallError(thrown)
    const [failed, ...rest] = order.slice(checks.length)
    throw new DestinationRefused(error, [
      ...checks,
      ...(failed === undefined ? [] : [{ check: failed[0], ok: false, text: error.message }]),
      ...rest.map(([check, text]) => ({ check, ok: null, text })),
    ])
  }
}
