import type { Workflow } from './workflow.ts'

export type Problem = Workflow['warnings'][number]

/** The warnings that no person has accepted. */
export function openWarnings({ warnings }: Pick<Workflow, 'warnings'>): readonly Problem[] {
  return warnings.filter(({ accepted }) => accepted === undefined)
}

/** What is wrong with a workflow and no person has accepted: its error before its warnings. */
export function problemsOf({ error, warnings }: Pick<Workflow, 'error' | 'warnings'>): readonly Problem[] {
  const open = openWarnings({ warnings })
  return error === null ? open : [error, ...open]
}

/** What an action resolves. */
export function problemOf(workflow: Workflow, action: string): Problem | undefined {
  const problems = problemsOf(workflow)
  return problems.find(({ actions }) => actions.some((one) => one.action === action)) ?? problems[0]
}

/** What waits for a person, and what a run only warned of, is not shown as a failure. */
export function toneOf(workflow: Pick<Workflow, 'state' | 'error'>, { code }: Problem): 'bad' | 'warn' {
  return workflow.state === 'waiting' || workflow.error?.code !== code ? 'warn' : 'bad'
}
