import type { ActionName } from '../base/catalogue.ts'
import type { ErrorReport } from '../base/rollcall-error.ts'

export type Manner = 'sooner' | 'resume' | 'anew' | 'accept' | 'stop' | 'advice'

/**
 * How each action goes on: with the same workflow from its failed task, or as a new workflow that reads fresh rows.
 * Actions about the credential or ad account keep the rows that were read; those about the query need new ones.
 */
export const manner = {
  try_now: 'sooner',
  retry: 'resume',
  skip_task: 'resume',
  skip_part: 'accept',
  restart: 'anew',
  stop: 'stop',
  approve: 'resume',
  send: 'resume',
  adopt: 'resume',
  authorization_error: 'resume',
  insufficient_permissions: 'resume',
  ad_account_not_found: 'resume',
  destination_refused: 'resume',
  still_processing: 'resume',
  not_enough_records: 'anew',
  missing_email_column: 'anew',
  addresses_or_hashes: 'anew',
  query_failed: 'anew',
  unordered_rows: 'anew',
  source_damaged: 'anew',
  threshold_not_met: 'anew',
  accept_list: 'accept',
  accept_once: 'resume',
  source_not_found: 'anew',
  source_refused: 'anew',
  rebuild: 'anew',
  use_newer_list: 'anew',
  choose_another_name: 'advice',
} as const satisfies Record<ActionName, Manner>

/** What was corrected there is part of a configuration, which a service reads anew. */
const OF_CONFIGURATION: ReadonlySet<ActionName> = new Set<ActionName>([
  'authorization_error',
  'insufficient_permissions',
  'ad_account_not_found',
  'destination_refused',
  'choose_another_name',
])

/** How an action goes on in the service. A part goes on itself, as a new workflow in its place would be no part. */
export function mannerInService(action: ActionName, { parent }: { readonly parent: string | null }): Manner {
  return parent === null && OF_CONFIGURATION.has(action) ? 'anew' : manner[action]
}

/**
 * With which inputs an action goes on in the service: `same` is the same workflow with the same inputs from its failed task; `current` is
 * a new one with the current configuration and fresh rows.
 */
export function inputsOfAction(
  action: ActionName,
  workflow: { readonly parent: string | null },
): 'same' | 'current' | 'none' {
  const how = mannerInService(action, workflow)
  if (how === 'stop' || how === 'accept') return 'none'
  return how === 'anew' ? 'current' : 'same'
}

/**
 * Whether an action is shown for a workflow as it stands. No task has failed of one that waits: what "retry" does there, comparing once
 * more, is what "restart" does.
 */
export function fits(action: ActionName, { state }: { readonly state: string }): boolean {
  return action !== 'retry' || state !== 'waiting'
}

/** What is said of a problem of a workflow, with those of its actions alone that fit it as it stands and, where that is known, are open. */
export function fittingReport(
  report: ErrorReport,
  workflow: { readonly state: string },
  open?: readonly ActionName[],
): ErrorReport {
  const isShown = (action: ActionName): boolean =>
    fits(action, workflow) && (open === undefined || open.includes(action))
  return { ...report, actions: report.actions.filter(({ action }) => isShown(action)) }
}
