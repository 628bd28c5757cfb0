import { BaseSequencer } from 'vitest/node'
import type { TestSpecification } from 'vitest/node'

/** Files that take longest. Begun last, one of them would run on its own at the end. */
const LONGEST = [
  'engines/one-reader',
  'web/queries',
  'web/lists',
  'web/named-failures',
  'server/bad-input',
  'server/permissions',
  'web/every-page',
  'web/source-page',
  'engines/whole-files',
  'server/peeping',
  'web/settings',
  'cli/errors',
  'destinations/customer-list/exact',
  'server/restricted',
  'destinations/customer-list/shared-ledger',
  'destinations/customer-list/behaviour',
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
