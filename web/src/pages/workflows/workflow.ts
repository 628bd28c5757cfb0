import type { Answer } from '../../api/call.ts'

/** A workflow as the API shows it. */
export type Workflow = Answer<'workflows.get'>

/** The task that is tried again by itself, if one is. */
export function waitingTask({ stages }: Workflow): Workflow['stages'][number]['tasks'][number] | undefined {
  return stages.flatMap(({ tasks }) => tasks).find(({ nextTryAt }) => nextTryAt !== null)
}
