import { BaseSequencer } from 'vitest/node'
import type { TestSpecification } from 'vitest/node'

/** Files that take longest, the longest first. Begun last, one of them would run on its own at the end. */
export const LONGEST = [
  'web/named-failures.browser',
  'web/every-page.browser',
  'web/queries.browser',
  'web/lists.browser',
  'engines/one-reader',
  'server/permissions',
  'web/settings.browser',
  'web/live-workflow.browser',
  'web/source-page.browser',
  'engines/hidden-columns.sweep',
  'engines/whole-files',
  'cli/npm-start.sweep',
  'web/security.browser',
  'destinations/customer-list/secrets.sweep',
  'destinations/customer-list/kill.sweep',
  'destinations/customer-list/shared-ledger',
  'server/bad-input',
  'engines/damaged-sets.sweep',
  'web/destinations.browser',
  'destinations/customer-list/scheduled',
  'cli/environment.sweep',
  'cli/demo.sweep',
  'destinations/customer-list/behaviour',
  'web/orchestrations.browser',
  'web/dialogs.browser',
  'server/walk',
  'destinations/customer-list/stopped-worker.sweep',
  'engines/child',
  'destinations/customer-list/budget',
  'destinations/customer-list/exact.sweep',
  'worker/two-workers.sweep',
  'engines/email-columns.sweep',
  'sources/postgres-bounds',
  'engines/spill.sweep',
  'engines/verdicts',
  'destinations/customer-list/damaged-ledger',
  'server/lists',
  'engines/judged-queries',
  'engines/csv',
  'server/fuzz.sweep',
  'destinations/customer-list/takeover.sweep',
  'cli/errors',
  'cli/contract',
  'engines/hashes',
  'worker/hand-over',
  'cli/bad-input',
  'engines/compared-numbers.sweep',
]

/** Begins with the files that are known to take longest. The usual order knows this from earlier runs alone. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- no array's
    const sorted = await super.sort(files)
    return sorted.toSorted((a, b) => placeOf(a) - placeOf(b))
  }
}

function placeOf({ moduleId }: TestSpecification): number {
  const place = LONGEST.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`))
  return place < 0 ? LONGEST.length : place
}
