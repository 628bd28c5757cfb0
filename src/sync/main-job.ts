import type { TaskDefinition } from '../workflow/run-workflow.ts'
import type { SyncOutputs, SyncRun, TaskName } from './run.ts'
import { add } from './tasks/add.ts'
import { attachAudience } from './tasks/attach-audience.ts'
import { compare } from './tasks/compare.ts'
import { connect } from './tasks/connect.ts'
import { guard } from './tasks/guard.ts'
import { prepare } from './tasks/prepare.ts'
import { query } from './tasks/query.ts'
import { remove } from './tasks/remove.ts'
import { resolveList } from './tasks/resolve-list.ts'
import { verify } from './tasks/verify.ts'

/** The main job: its tasks in order, each with the stage that people see it in. A new user reads here first. */
export const mainJob = [
  { name: 'query', stage: 'query', run: query },
  { name: 'connect', stage: 'connect', run: connect },
  { name: 'prepare', stage: 'prepare', run: prepare },
  { name: 'compare', stage: 'compare', run: compare },
  { name: 'resolve_list', stage: 'look_up', run: resolveList },
  { name: 'guard', stage: 'guard', run: guard },
  { name: 'add', stage: 'send', run: add },
  { name: 'remove', stage: 'send', run: remove },
  { name: 'attach_audience', stage: 'audience', run: attachAudience },
  { name: 'verify', stage: 'verify', run: verify },
] as const satisfies readonly (TaskDefinition<SyncOutputs, SyncRun> & { readonly stage: string })[]

export function taskPosition(name: TaskName): number {
  return mainJob.findIndex((task) => task.name === name)
}

/** A part of the main job as people see it. */
export interface Stage {
  readonly stage: string
  /** In their order. */
  readonly tasks: readonly TaskName[]
}

/** In the order of their first tasks. */
export const stages: readonly Stage[] = [...Map.groupBy(mainJob, ({ stage }) => stage)].map(
  ([stage, tasks]) => ({ stage, tasks: tasks.map(({ name }) => name) }),
)
