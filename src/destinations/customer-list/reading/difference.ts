import { forecast } from '../../../members/forecast.ts'
import type { ChangeVerdict, MembersVerdict } from '../../../members/judge.ts'
import type { Limits } from '../../../base/limits.ts'
import { outputsOf } from '../outputs.ts'
import type { ChangeSample } from '../judging/sample-change.ts'
import { judgedOf } from '../judging/verdict.ts'
import type { Task } from '../../../workflow/tasks.ts'

/** The difference between a query and its list, as a person reviews it. */
export interface Difference {
  /** Members that Pinterest was told, or may have been told, before. */
  readonly before: number
  /** Those of `before` whose answer was lost. */
  readonly unsure: number
  /** Members of the query, and so of the list afterwards. */
  readonly members: number
  readonly added: number
  readonly removed: number
  readonly unchanged: number
  readonly removal: ChangeVerdict['removal']
  readonly addition: ChangeVerdict['addition']
  /** What sending all of it takes. */
  readonly forecast: { readonly requests: number; readonly seconds: number }
  /** A few who arrive; null when the change neither was to be reviewed nor is large, and for those who may not see personal data. */
  readonly sample: ChangeSample | null
  /** Whether the members are enough for an audience. */
  readonly audience: MembersVerdict
  /** Members that an audience needs. */
  readonly audienceMinimum: number
}

/** Null until the query was compared with the list. */
export function differenceOf(
  tasks: readonly Task[],
  limits: Limits,
  options: { readonly hasAudience: boolean; readonly isSample: boolean; readonly mayViewPii: boolean },
): Difference | null {
  const { isSample, mayViewPii } = options
  const output = outputsOf(tasks)
  const compared = output('compare')
  const found = output('resolve_list')
  if (compared === null) return null
  const { members, added, removed, unchanged, toldBefore, unsureBefore, sample } = compared
  const hasAudience = found?.audience === undefined ? options.hasAudience : found.audience !== null
  const { verdict, members: audience } = judgedOf(compared, output('guard'), {
    limits,
    isSample,
    hasAudience,
  })
  const { removal, addition, audienceMin: audienceMinimum } = verdict
  const { writes, seconds } = forecast({
    adds: added,
    removes: removed,
    batchSize: limits.batchSize,
    writesPerMinute: limits.writesPerMinute,
    createsAudience: !hasAudience && members >= audienceMinimum,
  })
  return {
    before: toldBefore + unsureBefore,
    unsure: unsureBefore,
    members,
    added,
    removed,
    unchanged,
    removal,
    addition,
    forecast: { requests: writes, seconds },
    sample: sample == null || !mayViewPii ? null : { ...sample, departures: [] },
    audience,
    audienceMinimum,
  }
}
