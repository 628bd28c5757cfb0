import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { forecast } from '../audience/forecast.ts'
import { judgeChange, judgeMembers } from '../audience/guard.ts'
import type { MembersVerdict } from '../audience/guard.ts'
import { largeChange } from '../audience/large-change.ts'
import { newId } from '../base/ids.ts'
import { isRollcallError, RollcallError } from '../base/rollcall-error.ts'
import type { ErrorReport } from '../base/rollcall-error.ts'
import type { Compared, Prepared } from '../engine/engine.ts'
import { findList } from '../ledger/lists.ts'
import type { LedgerList } from '../ledger/lists.ts'
import { mayManageLists } from '../pinterest/client.ts'
import type { CustomerList, PinterestClient } from '../pinterest/client.ts'
import { checkRejects } from './check-rejects.ts'
import { allChangesElsewhere, changedElsewhereWarning, unaccepted } from './counters.ts'
import { foldCopy } from './fold.ts'
import { openTold, withSoundSets } from './hash-sets.ts'
import { checkInputs } from './inputs.ts'
import type { SyncInputs } from './inputs.ts'
import type { PinterestObject, Services } from './run.ts'
import { countedOf } from './result.ts'
import { sampleChange } from './sample-change.ts'
import type { ChangeSample } from './sample-change.ts'
import { mixUpOf } from './mix-up.ts'
import { tooFew } from './too-few.ts'
import { openRows } from './tasks/query.ts'
import { listNotEmpty, listNotFound } from './tasks/resolve-list.ts'

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

/** Reads the rows and compares them with the ledger. Sends nothing, and changes nothing at Pinterest or in the ledger's members. */
export async function makePlan(options: PlanOptions): Promise<Plan> {
  const { services, inputs, signal } = options
  const startedMs = performance.now()
  checkInputs(inputs, services.limits)
  await checkRejects(inputs, { limits: services.limits, signal })
  const work = join(services.home.workDir, `plan-${newId('wf')}`)
  try {
    const source = await openRows({ inputs, limits: services.limits, signal, services })
    const list = await findList(services.store.db, inputs.adAccountId, inputs.list)
    const seen = lookAtPinterest(options, list ?? null)
    // When the rows fail first, that is what is told.
    seen.catch(() => null)
    const { engine } = services
    const prepared = await engine.prepare({
      rows: source.rows,
      hashed: inputs.hashed,
      stageDir: join(work, 'stage'),
      membersMax: inputs.sampleMembers,
      durable: false,
      rejectsFile: inputs.rejects === null ? null : resolve(inputs.cwd, inputs.rejects),
      signal,
      onProgress: ({ rows, share }) =>
        options.onProgress('prepare', rows, share === null || share === 0 ? null : rows / share, 'rows'),
    })
    const preparedMs = performance.now()
    const spoolDir = join(work, 'spool')
    const { known, compared } = await withSoundTold(options, list, work, async (told) => ({
      known: told,
      compared: await engine.compare({
        stageDir: join(work, 'stage'),
        toldDir: told.toldDir,
        unsureDir: told.unsureDir,
        desiredDir: join(work, 'desired'),
        spoolDir,
        durable: false,
        signal,
        onProgress: ({ share }) => options.onProgress('compare', Math.round(share * 100), 100, '%'),
      }),
    }))
    const comparedMs = performance.now()
    const { hashed } = inputs
    const sample = await sampleChange({ engine, rows: source.rows, hashed, spoolDir, signal })
    const report = { prepared, compared, sample, known, seen: await seen }
    const endedMs = performance.now()
    const seconds = {
      total: (endedMs - startedMs) / 1000,
      prepare: (preparedMs - startedMs) / 1000,
      compare: (comparedMs - preparedMs) / 1000,
    }
    return { ...describe(options, report), seconds }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** What Pinterest has been told so far, with an unfinished change set counted in. */
interface Known {
  readonly toldDir: string | null
  readonly unsureDir: string | null
  readonly told: number
  readonly unsure: number
}

async function withSoundTold<T>(
  { services, signal }: PlanOptions,
  list: LedgerList | undefined,
  work: string,
  use: (known: Known) => Promise<T>,
): Promise<T> {
  if (list === undefined) return use({ toldDir: null, unsureDir: null, told: 0, unsure: 0 })
  const dirs = { told: join(work, 'told'), unsure: join(work, 'unsure'), signal }
  // A run may be at work in the data folder meanwhile.
  return withSoundSets({ ...services, fetchDir: work }, list, async (sets) => {
    const folded = await foldCopy(sets, list, dirs)
    if (folded !== null) return use({ toldDir: dirs.told, unsureDir: dirs.unsure, ...folded })
    return use({ ...(await openTold(sets, list, signal)), told: list.told_count, unsure: list.unsure_count })
  })
}

/** What Pinterest shows of the list, and what of it would stop a sync: at its beginning, or when it looks for the list. */
interface Seen {
  listId: string | null
  audience: PinterestObject | null
  connectError: RollcallError | null
  listError: RollcallError | null
  changed: RollcallError | null
}

/** Errors of Pinterest are part of the plan, since its counts stand without it. */
async function lookAtPinterest(options: PlanOptions, list: LedgerList | null): Promise<Seen> {
  const { adAccountId, list: name } = options.inputs
  const heldAudienceId = list?.audience_id ?? null
  const seen: Seen = {
    listId: list?.pinterest_list_id ?? null,
    audience: heldAudienceId === null ? null : { id: heldAudienceId, name, created: false },
    connectError: null,
    listError: null,
    changed: null,
  }
  try {
    const limits = { ...options.services.limits, ...options.inputs.limits }
    const pinterest = await options.services.pinterest(options.signal, { limits })
    const account = await pinterest.getAdAccount(adAccountId)
    if (!mayManageLists(account)) {
      seen.connectError = new RollcallError('insufficient_permissions', {
        adAccount: adAccountId,
        detail: `the role ${account.permissions.join(', ') || 'none'} may not manage customer lists`,
      })
      return seen
    }
    await lookAtList(options, pinterest, list, seen).catch((error: unknown) => {
      seen.listError = asPlanned(error)
    })
  } catch (error) {
    seen.connectError = asPlanned(error)
  }
  return seen
}

function asPlanned(error: unknown): RollcallError {
  if (!isRollcallError(error) || error.code === 'stopped') throw error
  return error
}

async function lookAtList(
  { inputs }: PlanOptions,
  pinterest: PinterestClient,
  list: LedgerList | null,
  seen: Seen,
): Promise<void> {
  if (list !== null && list.pinterest_list_id !== null) {
    const found = await pinterest.getCustomerList(inputs.adAccountId, list.pinterest_list_id)
    if (found === null) seen.listError = listNotFound(list)
    const changes =
      found === null ? unaccepted(list.changed_elsewhere) : allChangesElsewhere(list, found.body.counters)
    if (changes !== null) seen.changed = changedElsewhereWarning(list, changes)
  } else if (list === null || list.create_intent === null) {
    const found = await newestOfName(pinterest, inputs)
    seen.listId = found?.id ?? null
    if (found !== null && found.counters.uploaded > 0 && !inputs.adopt) seen.listError = listNotEmpty(found)
  }
  if (seen.listId !== null && seen.listError === null)
    seen.audience ??= await audienceOf(pinterest, inputs.adAccountId, seen.listId)
}

async function newestOfName(
  pinterest: PinterestClient,
  { adAccountId, list }: SyncInputs,
): Promise<CustomerList | null> {
  for await (const candidate of pinterest.listCustomerLists(adAccountId))
    if (candidate.name === list) return candidate
  return null
}

async function audienceOf(
  pinterest: PinterestClient,
  adAccountId: string,
  listId: string,
): Promise<PinterestObject | null> {
  for await (const { id, name, customerListId } of pinterest.listAudiences(adAccountId))
    if (customerListId === listId) return { id, name, created: false }
  return null
}

interface Report {
  readonly prepared: Prepared
  readonly compared: Compared
  readonly sample: Plan['sample']
  readonly known: Known
  readonly seen: Seen
}

function describe({ inputs, services }: PlanOptions, report: Report): Omit<Plan, 'seconds'> {
  const { prepared, compared, known, seen } = report
  const limits = { ...services.limits, ...inputs.limits }
  const change = {
    list: inputs.list,
    adds: compared.added,
    removes: compared.removed,
    told: known.told,
    unsure: known.unsure,
    areAddsSent: false,
  }
  const verdict = judgeChange(change, limits)
  const waits = inputs.yes ? null : largeChange(change, verdict)
  const members = judgeMembers({
    members: compared.members,
    membersMin: limits.audienceMembersMin,
    hasAudience: seen.audience !== null,
    before: known.told + known.unsure,
    isSample: inputs.sampleMembers !== null,
  })
  const isNothingSent = members === 'empty' || members === 'too_few'
  const { writes, seconds } = forecast({
    adds: compared.added,
    removes: compared.removed,
    batchSize: limits.batchSize,
    writesPerMinute: limits.writesPerMinute,
    createsAudience: seen.audience === null && compared.members >= limits.audienceMembersMin,
  })
  const judgedAs = <Percent>({ large, percent, limit }: Judged<Percent>) => ({
    percent,
    limit,
    needsApproval: large && !inputs.yes,
  })
  const few = (wanted: MembersVerdict, so: string): RollcallError | null =>
    members === wanted ? tooFew(prepared, compared.members, { minimum: limits.audienceMembersMin, so }) : null
  // In the order in which a sync meets them.
  const [error, ...later] = [
    seen.connectError,
    seen.listError,
    few('empty', ''),
    few('too_few', ', so nothing would be sent'),
    waits,
    few('too_few_in_step', '; the list would be brought in step but has no audience yet'),
  ].filter((problem) => problem !== null)
  const worthKnowing = [mixUpOf(prepared), seen.changed, few('too_few_with_audience', '')]
  // What stops a run before the guard keeps it from sending anything.
  const warnings = [...later.filter((problem) => problem !== waits), ...worthKnowing].filter(
    (warning) => warning !== null,
  )
  return {
    state: error === undefined ? 'succeeded' : error.exit === 3 ? 'waiting' : 'failed',
    list: { id: seen.listId, name: inputs.list, created: seen.listId === null },
    audience: seen.audience,
    rows: {
      received: prepared.received,
      invalid: prepared.invalid,
      duplicates: countedOf(prepared, compared).duplicates,
      members: compared.members,
    },
    invalidByReason: prepared.invalidByReason,
    changes: { added: compared.added, removed: compared.removed, unchanged: compared.unchanged },
    sample: report.sample,
    forecast: isNothingSent ? { requests: 0, seconds: 0 } : { requests: writes, seconds },
    removal: judgedAs(verdict.removal),
    addition: judgedAs(verdict.addition),
    warnings: warnings.map((warning) => warning.advice()),
    ...(error === undefined ? {} : { error: error.advice() }),
  }
}

interface Judged<Percent> {
  readonly large: boolean
  readonly percent: Percent
  readonly limit: string
}
