import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { forecast } from '../audience/forecast.ts'
import { judgeMembers, judgeRemoval } from '../audience/guard.ts'
import { newId } from '../base/ids.ts'
import { isRollcallError, RollcallError } from '../base/rollcall-error.ts'
import type { ErrorReport } from '../base/rollcall-error.ts'
import { spoolHead } from '../engine/spool.ts'
import type { Compared, Prepared } from '../engine/engine.ts'
import { findList } from '../ledger/ledger.ts'
import type { LedgerList } from '../ledger/ledger.ts'
import { snapshotDir } from '../ledger/snapshots.ts'
import { mayManageLists } from '../pinterest/client.ts'
import type { CustomerList, PinterestClient } from '../pinterest/client.ts'
import { openSource } from '../source/open-source.ts'
import { changedElsewhere } from './counters.ts'
import { foldCopy } from './fold.ts'
import { checkInputs } from './inputs.ts'
import type { SyncInputs } from './inputs.ts'
import type { PinterestObject, Services } from './run.ts'
import { listNotEmpty, listNotFound } from './tasks/resolve-list.ts'

/** What a sync would do, as `plan --json` prints it. */
export interface Plan {
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
  /** A few who come, as masked addresses if they were found quickly, else as hashes; and a few who go, of whom only the hash is known. */
  readonly sample: { readonly arrivals: readonly string[]; readonly departures: readonly string[] }
  readonly forecast: { readonly requests: number; readonly seconds: number }
  readonly removal: { readonly percent: number; readonly limit: number; readonly needsApproval: boolean }
  /** What would stop the sync, or is worth knowing before it. */
  readonly warnings: readonly ErrorReport[]
  readonly seconds: Readonly<Record<string, number>>
}

export interface PlanOptions {
  readonly services: Services
  readonly inputs: SyncInputs
  readonly signal: AbortSignal
  readonly onProgress: (task: string, done: number, total: number | null, unit: string) => void
}

const SAMPLE_COUNT = 5

/** Reads the rows and compares them with the ledger. Sends nothing, and changes nothing at Pinterest or in the ledger's members. */
export async function makePlan(options: PlanOptions): Promise<Plan> {
  const { services, inputs, signal } = options
  const startedMs = performance.now()
  checkInputs(inputs, services.limits)
  const work = join(services.home.workDir, `plan-${newId('wf')}`)
  try {
    const source = await openSource({ ...inputs, limits: services.limits, signal })
    const list = await findList(services.store.db, inputs.adAccountId, inputs.list)
    const seen = lookAtPinterest(options, list ?? null)
    // When the rows fail first, that is what is told.
    seen.catch(() => null)
    const { engine } = services
    const prepared = await engine.prepare({
      rows: source.rows,
      hashed: inputs.hashed,
      stageDir: join(work, 'stage'),
      durable: false,
      rejectsFile: inputs.rejects === null ? null : resolve(inputs.cwd, inputs.rejects),
      signal,
      onProgress: ({ rows, share }) =>
        options.onProgress('prepare', rows, share === null || share === 0 ? null : rows / share, 'rows'),
    })
    const preparedMs = performance.now()
    const spoolDir = join(work, 'spool')
    const known = await whatIsTold(options, list, work)
    const compared = await engine.compare({
      stageDir: join(work, 'stage'),
      toldDir: known.toldDir,
      unsureDir: known.unsureDir,
      desiredDir: join(work, 'desired'),
      spoolDir,
      durable: false,
      signal,
      onProgress: ({ share }) => options.onProgress('compare', Math.round(share * 100), 100, '%'),
    })
    const comparedMs = performance.now()
    const masked = await engine.sampleArrivals({
      rows: source.rows,
      hashed: inputs.hashed,
      spoolDir,
      count: SAMPLE_COUNT,
      signal,
    })
    const arrivals = masked.length > 0 ? masked : await sampleHashes(spoolDir, 'add')
    const departures = await sampleHashes(spoolDir, 'remove')
    const report = { prepared, compared, sample: { arrivals, departures }, known, seen: await seen }
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
  readonly count: number
}

async function whatIsTold(
  { services, signal }: PlanOptions,
  list: LedgerList | undefined,
  work: string,
): Promise<Known> {
  if (list === undefined) return { toldDir: null, unsureDir: null, count: 0 }
  const dirs = { told: join(work, 'told'), unsure: join(work, 'unsure'), signal }
  const folded = await foldCopy(services, list, dirs)
  if (folded !== null)
    return { toldDir: dirs.told, unsureDir: dirs.unsure, count: folded.told + folded.unsure }
  return {
    toldDir: snapshotDir(services.home, list.id, list.told_snapshot),
    unsureDir: snapshotDir(services.home, list.id, list.unsure_snapshot),
    count: list.told_count + list.unsure_count,
  }
}

interface Seen {
  readonly listId: string | null
  readonly audienceId: string | null
  readonly warnings: readonly RollcallError[]
}

/** What Pinterest shows of the list. Anything that would stop a sync is a warning here, since the counts stand without it. */
async function lookAtPinterest(options: PlanOptions, list: LedgerList | null): Promise<Seen> {
  const warnings: RollcallError[] = []
  const held = { listId: list?.pinterest_list_id ?? null, audienceId: list?.audience_id ?? null }
  try {
    const pinterest = await options.services.pinterest(options.signal)
    const account = await pinterest.getAdAccount(options.inputs.adAccountId)
    if (!mayManageLists(account)) {
      warnings.push(
        new RollcallError('insufficient_permissions', {
          adAccount: options.inputs.adAccountId,
          detail: `the role ${account.permissions.join(', ') || 'none'} may not manage customer lists`,
        }),
      )
    }
    const found = await findAtPinterest(options, pinterest, list, warnings)
    return { ...held, listId: found?.id ?? held.listId, warnings }
  } catch (error) {
    if (!isRollcallError(error) || error.code === 'stopped') throw error
    return { ...held, warnings: [...warnings, error] }
  }
}

async function findAtPinterest(
  { inputs }: PlanOptions,
  pinterest: PinterestClient,
  list: LedgerList | null,
  warnings: RollcallError[],
): Promise<CustomerList | null> {
  if (list !== null && list.pinterest_list_id !== null) {
    const found = await pinterest.getCustomerList(inputs.adAccountId, list.pinterest_list_id)
    if (found === null) warnings.push(listNotFound(list))
    const changed = found === null ? null : changedElsewhere(list.counters, found.body.counters)
    if (changed !== null) {
      const data = { list: list.name, listId: list.pinterest_list_id, detail: changed }
      warnings.push(new RollcallError('list_changed_elsewhere', data))
    }
    return found?.body ?? null
  }
  if (list !== null && list.create_intent !== null) return null
  for await (const candidate of pinterest.listCustomerLists(inputs.adAccountId)) {
    if (candidate.name !== inputs.list) continue
    if (candidate.counters.uploaded > 0 && !inputs.adopt) warnings.push(listNotEmpty(candidate))
    return candidate
  }
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
  const removal = judgeRemoval({
    removes: compared.removed,
    members: known.count,
    percentMax: limits.removalPercentMax,
  })
  const members = judgeMembers({
    members: compared.members,
    membersMin: limits.audienceMembersMin,
    hasAudience: seen.audienceId !== null,
  })
  const { writes, seconds } = forecast({
    adds: compared.added,
    removes: compared.removed,
    batchSize: limits.batchSize,
    writesPerMinute: limits.writesPerMinute,
    createsAudience: seen.audienceId === null && members === 'enough',
  })
  const warnings = [...seen.warnings]
  if (members !== 'enough') {
    const detail = `the query returned ${compared.members} valid addresses`
    warnings.push(new RollcallError('not_enough_records', { detail, minimum: limits.audienceMembersMin }))
  }
  return {
    list: { id: seen.listId, name: inputs.list, created: seen.listId === null },
    audience: seen.audienceId === null ? null : { id: seen.audienceId, name: inputs.list, created: false },
    rows: {
      received: prepared.received,
      invalid: prepared.invalid,
      duplicates: compared.duplicates,
      members: compared.members,
    },
    invalidByReason: prepared.invalidByReason,
    changes: { added: compared.added, removed: compared.removed, unchanged: compared.unchanged },
    sample: report.sample,
    forecast: { requests: members === 'empty' ? 0 : writes, seconds: members === 'empty' ? 0 : seconds },
    removal: {
      percent: removal.percent,
      limit: limits.removalPercentMax,
      needsApproval: removal.large && !inputs.yes,
    },
    warnings: warnings.map((warning) => warning.report()),
  }
}

const HASH_CHARS_SHOWN = 12

async function sampleHashes(spoolDir: string, operation: 'add' | 'remove'): Promise<string[]> {
  const heads = await spoolHead(spoolDir, operation, 1)
  return heads.slice(0, SAMPLE_COUNT).map((hash) => `${hash.slice(0, HASH_CHARS_SHOWN)}…`)
}
