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

/** The main job: its tasks in order. A new user reads here first. */
export const mainJob = [
  { name: 'query', run: query },
  { name: 'connect', run: connect },
  { name: 'prepare', run: prepare },
  { name: 'compare', run: compare },
  { name: 'guard', run: guard },
  { name: 'resolve_list', run: resolveList },
  { name: 'add', run: add },
  { name: 'remove', run: remove },
  { name: 'attach_audience', run: attachAudience },
  { name: 'verify', run: verify },
] as const satisfies readonly TaskDefinition<SyncOutputs, SyncRun>[]

export function taskPosition(name: TaskName): number {
  return mainJob.findIndex((task) => task.name === name)
}

/** Stages as people see them, each with its tasks. */
const tasksOfStages = {
  query: ['query', 'connect'],
  prepare: ['prepare'],
  compare: ['compare'],
  guard: ['guard'],
  send: ['resolve_list', 'add', 'remove'],
  audience: ['attach_audience'],
  verify: ['verify'],
} as const satisfies Record<string, readonly TaskName[]>

export type Stage = keyof typeof tasksOfStages
export const stages = Object.keys(tasksOfStages) as readonly Stage[]

export function stageOf(task: TaskName): Stage | undefined {
  return stages.find((stage) => (tasksOfStages[stage] as readonly TaskName[]).includes(task))
}
