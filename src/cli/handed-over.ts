import { setTimeout as sleep } from 'node:timers/promises'
import type { Settled } from '../workflow/actions.ts'
import type { ApiClient } from './api-client.ts'
import { dim, mark } from './output.ts'

/** What becomes of a workflow that was handed to the workers. */

type Answer = Readonly<Record<string, unknown>>

/** A worker that is free takes a workflow at once; one that has not by now is busy, or not there. */
const TAKEN_MS_MAX = 1_500
const LOOK_EVERY_MS = 100

/** The answer with the workflow's state as soon as a worker has taken it, or after a short wait in vain. */
export async function whenTaken(api: ApiClient, answer: Answer): Promise<Answer> {
  const { workflow, state } = answer
  if (state !== undefined && state !== 'scheduled') return answer
  const until = performance.now() + TAKEN_MS_MAX
  for (;;) {
    const now = await stateOf(api, String(workflow))
    if (now !== 'scheduled' || performance.now() > until) return { ...answer, state: now }
    await sleep(LOOK_EVERY_MS)
  }
}

/** What was handed over stays so, even when it cannot be looked at. */
async function stateOf(api: ApiClient, workflow: string): Promise<unknown> {
  try {
    const { body } = await api.request('GET', `/workflows/${encodeURIComponent(workflow)}`)
    return (body as { state: unknown }).state
  } catch {
    return 'scheduled'
  }
}

/** What became of a workflow by an action after which nothing runs here. */
export function settledLine(id: string, state: Settled): string {
  const lines: Readonly<Record<Settled, string>> = {
    accepted: 'The list is accepted as it is.',
    running: `Workflow ${id} tries again now.`,
    skipped: `Workflow ${id} is skipped. The workflow that it is part of continues without it.`,
    stopped: `Workflow ${id} is stopped.`,
    stopping: `Workflow ${id} is stopping.`,
  }
  return lines[state]
}

export function handedOverLines({ workflow, state }: Answer): string[] {
  if (state === 'accepted' || state === 'skipped')
    return [`${mark('✓', 'green')} ${settledLine(String(workflow), state)}`]
  const isWaiting = state === 'scheduled'
  return [
    `${mark('✓', 'green')} Workflow ${String(workflow)} is ${String(state)}.`,
    isWaiting
      ? 'No worker has taken it yet: all are busy, or none is running. Start one with `rollcall worker`.'
      : dim(`\`rollcall workflows get ${String(workflow)}\` shows it.`),
  ]
}
