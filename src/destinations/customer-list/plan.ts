import { forecast } from '../../members/forecast.ts'
import type { MembersVerdict } from '../../members/judge.ts'
import { isRollcallError } from '../../base/rollcall-error.ts'
import type { ErrorReport, RollcallError } from '../../base/rollcall-error.ts'
import type { Prepared } from '../../engines/contract.ts'
import { findList } from '../../ledger/lists.ts'
import type { LedgerList } from '../../ledger/lists.ts'
import { checkRejects } from './inputs/check-rejects.ts'
import { changedElsewhereWarning, unaccepted } from './list/counters.ts'
import { checkInputs } from './inputs/inputs.ts'
import type { SyncInputs } from './inputs/inputs.ts'
import { openPlanRun } from './plan-run.ts'
import type { PlanRun } from './plan-run.ts'
import type { PinterestObject } from './run.ts'
import type { Services } from '../../workflow/services.ts'
import type { ChangeSample } from './judging/sample-change.ts'
import { compare } from './tasks/compare.ts'
import { connect } from './tasks/connect.ts'
import { prepare } from './tasks/prepare.ts'
import { query } from './tasks/query.ts'
import { resolveList } from './tasks/resolve-list.ts'
import { tooFew } from './judging/too-few.ts'
import { judged, unapproved } from './judging/verdict.ts'

/** What a sync would do, as `plan --json` prints it. */
export interface Plan {
  /** What a sync now would end in: it waits for a person, or fails, for the `error`. */
  readonly state: 'succeeded' | 'waiting' | 'failed'
  readonly list: { readonly id: string | null; readonly name: string; readonly created: boolean }
  readonly audience: PinterestObject | null
  readonly rows: {
    readonly received: number
    readonly invalid: number
    readonly duplicates: number
    readonly members: number
  }
  readonly invalidByReason: Prepared['invalidByReason']
  readonly changes: { readonly added: number; readonly removed: number; readonly unchanged: number }
  readonly sample: ChangeSample
  readonly forecast: { readonly requests: number; readonly seconds: number }
  readonly removal: { readonly percent: number; readonly limit: string; readonly needsApproval: boolean }
  /** `percent` is null for a list without members. */
  readonly addition: {
    readonly percent: number | null
    readonly limit: string
    readonly needsApproval: boolean
  }
  readonly seconds: Readonly<Record<string, number>>
  /** What is worth knowing before the sync. */
  readonly warnings: readonly ErrorReport[]
  readonly error?: ErrorReport
}

export interface PlanOptions {
  readonly services: Services
  readonly inputs: SyncInputs
  readonly signal: AbortSignal
  readonly onProgress: (task: string, done: number, total: number | null, unit: string) => void
}

/**
 * Runs the tasks of a sync up to its guard, without lock and without a workflow. Sends nothing, and changes nothing at Pinterest or in
 * the ledger.
 */
export async function planSync(options: PlanOptions): Promise<Plan> {
  const { services, inputs, signal } = options
  const startedMs = performance.now()
  checkInputs(inputs, services.limits)
  await checkRejects(services.engine, inputs, { limits: services.limits, signal })
  const list = (await findList(services.store.db, inputs.adAccountId, inputs.list)) ?? null
  const run = openPlanRun({ ...options, list })
  try {
    // Errors of the rows end the plan. Those of Pinterest are a part of it, since its counts stand without it.
    await run.does('query', query)
    const connectError = await errorOf(run.does('connect', connect))
    await run.does('prepare', prepare)
    const preparedMs = performance.now()
    await run.does('compare', compare)
    const comparedMs = performance.now()
    const listError = connectError === null ? await errorOf(run.does('resolve_list', resolveList)) : null
    if (connectError !== null || listError !== null) await assumeHeld(run, listError)
    if (listError?.code === 'list_not_found' && list !== null) warnOfChanges(run, list)
    const endedMs = performance.now()
    const seconds = {
      total: (endedMs - startedMs) / 1000,
      prepare: (preparedMs - startedMs) / 1000,
      compare: (comparedMs - preparedMs) / 1000,
    }
    return { ...describe(run, { connectError, listError }), seconds }
  } finally {
    await run.engine.close()
  }
}

async function errorOf(task: Promise<unknown>): Promise<RollcallError | null> {
  try {
    await task
    return null
  } catch (error) {
    if (!isRollcallError(error) || error.code === 'stopped') throw error
    return error
  }
}

/** As far as Pinterest could not be looked at, list and audience are those that are held. */
async function assumeHeld({ assume, inputs, record }: PlanRun, error: RollcallError | null): Promise<void> {
  const { audience_id: held, pinterest_list_id: heldId } = await record.get()
  const id = error?.code === 'list_not_empty' ? String(error.data['listId']) : heldId
  const audience = held === null ? null : { id: held, name: inputs.list, created: false }
  assume('resolve_list', { id, newerId: null, audience })
}

/** What others did to a list that is gone is known from before. */
function warnOfChanges({ warnings }: PlanRun, list: LedgerList): void {
  const changes = unaccepted(list.changed_elsewhere)
  if (changes !== null) warnings.push(changedElsewhereWarning(list, changes))
}

/** What of Pinterest would stop a sync: at its beginning, or when it looks for the list. */
interface Errors {
  readonly connectError: RollcallError | null
  readonly listError: RollcallError | null
}

function describe(run: PlanRun, { connectError, listError }: Errors): Omit<Plan, 'seconds'> {
  const { inputs, limits } = run
  const prepared = run.output('prepare')
  const compared = run.output('compare')
  const { id: listId, audience = null } = run.output('resolve_list')
  const { members, verdict } = judged(run)
  const { audienceMin: minimum } = verdict
  const waits = unapproved(run, { areAddsSent: false })
  const isNothingSent = members === 'empty' || members === 'too_few'
  const { writes, seconds } = forecast({
    adds: compared.added,
    removes: compared.removed,
    batchSize: limits.batchSize,
    writesPerMinute: limits.writesPerMinute,
    createsAudience: audience === null && compared.members >= minimum,
  })
  const shownOf = <Percent>({ large, percent, limit }: Part<Percent>) => ({
    percent,
    limit,
    needsApproval: large && !inputs.yes,
  })
  const few = (wanted: MembersVerdict, so: string): RollcallError | null =>
    members === wanted ? tooFew(prepared, compared.members, { minimum, so }) : null
  // In the order in which a sync meets them.
  const [error, ...later] = [
    connectError,
    listError,
    few('empty', ''),
    few('too_few', ', so nothing would be sent'),
    waits,
    few('too_few_in_step', '; the list would be brought in step but has no audience yet'),
  ].filter((problem) => problem !== null)
  const worthKnowing = [...run.warnings, few('too_few_with_audience', '')]
  // What stops a run before the guard keeps it from sending anything.
  const warnings = [...later.filter((problem) => problem !== waits), ...worthKnowing].filter(
    (warning) => warning !== null,
  )
  return {
    state: error === undefined ? 'succeeded' : error.exit === 3 ? 'waiting' : 'failed',
    list: { id: listId, name: inputs.list, created: listId === null },
    audience,
    rows: {
      received: prepared.received,
      invalid: prepared.invalid,
      duplicates: compared.duplicates,
      members: compared.members,
    },
    invalidByReason: prepared.invalidByReason,
    changes: { added: compared.added, removed: compared.removed, unchanged: compared.unchanged },
    sample: compared.sample ?? { arrivals: [], departures: [] },
    forecast: isNothingSent ? { requests: 0, seconds: 0 } : { requests: writes, seconds },
    removal: shownOf(verdict.removal),
    addition: shownOf(verdict.addition),
    warnings: warnings.map((warning) => warning.advice()),
    ...(error === undefined ? {} : { error: error.advice() }),
  }
}

interface Part<Percent> {
  readonly large: boolean
  readonly percent: Percent
  readonly limit: string
}
