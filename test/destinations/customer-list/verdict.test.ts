import { expect, test } from 'vitest'
import { defaultLimits } from '../../../src/base/limits.ts'
import { differenceOf } from '../../../src/destinations/customer-list/reading/difference.ts'
import type { Task } from '../../../src/workflow/tasks.ts'

/** Which verdict on a change people read, also of runs that an earlier version stored. */

const counts = { members: 120, duplicates: 0, added: 0, removed: 180, unchanged: 120 }
const compared = { ...counts, changeSetId: 'cs', toldBefore: 300, unsureBefore: 0 }
const small = { large: false, percent: 0, limit: '200 %', percentMax: 200 }
const verdict = (limit: string) => ({ removal: { large: true, percent: 60, limit }, addition: small })

function task(name: string, version: number, output: object): Task {
  return {
    workflow_id: 'wf',
    name,
    position: 0,
    state: 'succeeded',
    attempts: 1,
    skipped: false,
    output: { ...output },
    output_version: version,
    error: null,
    started_at: new Date(),
    ended_at: null,
    next_try_at: null,
  }
}

const kept = task('compare', 2, { ...compared, verdict: { ...verdict('50 %'), audienceMin: 100 } })
const unjudged = task('compare', 1, compared)
const guarded = task('guard', 2, { ...verdict('40 %'), removalsWait: true })
const firstGuard = task('guard', 1, { large: true, percent: 60, limit: 40 })

test.each<[string, Task[], string, string]>([
  ['is that of the comparison', [kept, guarded], '50 %', 'enough'],
  ['of an earlier version is that of its guard', [unjudged, guarded], '40 %', 'too_few_in_step'],
  ['of the first version, too', [unjudged, firstGuard], '40 %', 'too_few_in_step'],
  [
    'that no guard of an earlier version passed is by the limits of now',
    [unjudged],
    '30 %',
    'too_few_in_step',
  ],
])('the verdict %s', (_, tasks, limit, audience) => {
  const limits = { ...defaultLimits, removalPercentMax: 30, audienceMembersMin: 200 }
  const seen = { hasAudience: false, isSample: false, mayViewPii: false }
  expect(differenceOf(tasks, limits, seen)).toMatchObject({
    removal: { large: true, percent: 60, limit },
    audience,
    removed: 180,
  })
})
