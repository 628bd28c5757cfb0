import { z } from 'zod'
import type { StageRef } from '../../engines/contract.ts'
import { shownOutput } from '../../workflow/task-output.ts'
import type { OutputForm } from '../../workflow/task-output.ts'
import type { Task } from '../../workflow/tasks.ts'
import type { SyncOutputs, TaskName } from './run.ts'
import { said } from './said.ts'

/** How the tasks of the main job store what they leave. */

const count = z.number()

const object = z.object({ id: z.string(), name: z.string(), created: z.boolean() })

const removal = z.object({ large: z.boolean(), percent: z.number(), limit: z.string() })

const addition = z.object({
  large: z.boolean(),
  percent: z.number().nullable(),
  limit: z.string(),
  // Earlier versions did without it.
  percentMax: z.number().default(0),
})

const schemas = {
  query: z.object({ source: z.string() }),
  connect: z.object({ adAccount: z.string(), name: z.string(), credential: z.string() }),
  prepare: z.object({
    received: count,
    invalid: count,
    invalidByReason: z.record(z.string(), count),
    foundForms: z.record(z.string(), count).exactOptional(),
    byOrder: z.array(z.string()).exactOptional(),
    valid: count,
    distinct: count.exactOptional(),
    stage: z.custom<StageRef>((value) => typeof value === 'string').exactOptional(),
  }),
  compare: z.object({
    members: count,
    inQuery: count.exactOptional(),
    duplicates: count,
    added: count,
    removed: count,
    unchanged: count,
    changeSetId: z.string(),
    toldBefore: count,
    unsureBefore: count,
    verdict: z.object({ removal, addition, audienceMin: count }).nullable(),
    sample: z.object({ arrivals: z.array(z.string()), departures: z.array(z.string()) }).exactOptional(),
  }),
  resolve_list: z.object({
    id: z.string().nullable(),
    newerId: z.string().nullable(),
    // Earlier versions looked for it later.
    audience: object.nullable().exactOptional(),
  }),
  guard: z.object({ removal, addition, removalsWait: z.boolean() }),
  add: z.object({ id: z.string(), created: z.boolean(), sent: count }),
  remove: z.object({ sent: count }),
  attach_audience: z.object({ audience: object.nullable() }),
  verify: z.object({ status: z.string(), batches: count, uploaded: count, removed: count }),
} satisfies { readonly [Name in TaskName]: z.ZodType<SyncOutputs[Name]> }

/** Forms that have changed so that what was stored before does not fit. */
const later: Partial<Record<TaskName, Pick<OutputForm<unknown>, 'version' | 'upgrade'>>> = {
  compare: { version: 2, upgrade: notJudged },
  guard: { version: 2, upgrade: bothJudged },
}

/** The form of a task's output. */
export function formOf<Name extends TaskName>(name: Name): OutputForm<SyncOutputs[Name]> {
  const schema = schemas[name] as unknown as z.ZodType<SyncOutputs[Name]>
  return { version: 1, schema, said: said[name], ...later[name] }
}

/** At first the guard alone judged what was compared. */
function notJudged(stored: unknown): unknown {
  return { ...Object(stored), verdict: null }
}

/** At first the guard judged the removal alone. */
function bothJudged(stored: unknown): unknown {
  if (typeof stored !== 'object' || stored === null || 'removal' in stored) return stored
  const { limit, ...rest } = stored as { readonly limit?: unknown }
  return {
    removal: { ...rest, limit: typeof limit === 'number' ? `${limit} %` : limit },
    addition: { large: false, percent: null, limit: '' },
    removalsWait: false,
  }
}

/** What the tasks of a workflow have left, for people: null for one that has left nothing. */
export function outputsOf(
  tasks: readonly Task[],
): <Name extends TaskName>(name: Name) => SyncOutputs[Name] | null {
  return (name) =>
    shownOutput(
      formOf(name),
      tasks.find((task) => task.name === name),
    )
}
