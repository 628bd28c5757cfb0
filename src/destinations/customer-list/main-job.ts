import type { TaskDefinition } from '../../workflow/task-definition.ts'
import { formOf } from './outputs.ts'
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

type Form<Name extends TaskName> = TaskDefinition<SyncOutputs, SyncRun, Name>

function task<Name extends TaskName>(
  name: Name,
  stage: string,
  run: Form<Name>['run'],
  { maySkip = false }: { readonly maySkip?: boolean } = {},
): Form<Name> {
  return { name, stage, run, maySkip, output: formOf(name) }
}

/** The main job: its tasks in order, each with the stage that people see it in. Start reading here. */
export const mainJob = [
  task('query', 'query', query),
  task('connect', 'connect', connect),
  task('prepare', 'prepare', prepare),
  task('compare', 'compare', compare),
  task('resolve_list', 'look_up', resolveList),
  task('guard', 'guard', guard),
  task('add', 'send', add),
  task('remove', 'send', remove),
  task('attach_audience', 'audience', attachAudience, { maySkip: true }),
  task('verify', 'verify', verify, { maySkip: true }),
] as const

export function taskPosition(name: TaskName): number {
  return mainJob.findIndex((one) => one.name === name)
}
