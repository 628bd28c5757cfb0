import { afterAll, beforeAll } from 'vitest'
import { runQueriesHere, runQueriesInChildren } from '../../src/engines/local/child/here.ts'

/**
 * Queries of this file run in its own process, in a fifth of the time that a child takes for each: for tests of what is asked and
 * answered. That a child is what it should be, `test/engines/child.test.ts` and the tests of real programs say.
 */
export function queriesRunHere(): void {
  let undo: (() => void) | null = null
  beforeAll(() => {
    undo = runQueriesHere()
  })
  afterAll(() => undo?.())
}

/** A test in such a file whose query never ends, or takes all memory there is: it runs in a child, as it does in the product. */
export function inChildren<Args extends unknown[]>(
  test: (...args: Args) => Promise<void>,
): (...args: Args) => Promise<void> {
  return async (...args) => {
    const again = runQueriesInChildren()
    try {
      await test(...args)
    } finally {
      again()
    }
  }
}
