import { afterAll, beforeAll } from 'vitest'
import { runQueriesHere } from '../../src/engine/child/here.ts'

/**
 * Queries of this file run in its own process, in a fifth of the time that a child takes for each: for tests of what is asked and
 * answered. That a child is what it should be, `test/engine/child.test.ts` and the tests of real programs say.
 */
export function queriesRunHere(): void {
  let undo: (() => void) | null = null
  beforeAll(() => {
    undo = runQueriesHere()
  })
  afterAll(() => undo?.())
}
