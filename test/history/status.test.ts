import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { AD_ACCOUNTS } from '../../simulator/main.ts'
import { localActor } from '../../src/access/activity.ts'
import { localPrincipal } from '../../src/access/permissions.ts'
import type { ErrorCode } from '../../src/base/catalogue.ts'
import type { ForeignChanges } from '../../src/base/list-states.ts'
import type { WorkflowState } from '../../src/base/workflow-states.ts'
import { stateInWords } from '../../src/cli/status.ts'
import { listLists } from '../../src/history/lists.ts'
import { listRuns, readRun, readStatus } from '../../src/history/status.ts'
import type { RunSummary } from '../../src/history/status.ts'
import { openList } from '../../src/ledger/lists.ts'
import { actionsFor } from '../../src/runs/workflow-actions.ts'
import { inWorkspace, PRODUCTION } from '../../src/store/workspace.ts'
import { ONLY_LOOKS } from '../../src/workflow/only-looks.ts'
import { openBase } from '../destinations/customer-list/support.ts'
import type { Base } from '../destinations/customer-list/support.ts'
import { addWorkflow, configure } from '../workflow/support.ts'
import type { Configured } from '../workflow/support.ts'

/** How a list stands has one reading: the command line and the API say the same of every state. */

let base: Base
let configured: Configured

beforeAll(async () => {
  base = await openBase()
  configured = await configure(base.store.db)
})

afterAll(() => base.close())

interface Last {
  readonly state: WorkflowState
  readonly error?: ErrorCode
  readonly warned?: 'open' | 'accepted'
  readonly isStopping?: boolean
  readonly isRetrying?: boolean
  readonly isOfService?: boolean
  readonly onlyLooks?: boolean
  readonly isSample?: boolean
}

const done: Last = { state: 'succeeded' }
const failed: Last = { state: 'failed', error: 'disk_full' }
const waiting: Last = { state: 'waiting', error: 'large_removal' }
const stopped: Last = { state: 'stopped', error: 'stopped' }
const running: Last = { state: 'running' }
const comparison: Last = { state: 'waiting', error: 'review_needed', onlyLooks: true }

const changes: ForeignChanges = { batches: 1, uploaded: 0, removed: 0 }
const accepted: ForeignChanges = { ...changes, accepted: { ...changes, by: 'Ann', at: '2026-11-30' } }

const cases: readonly [string, readonly Last[], ForeignChanges | null, string, string][] = [
  ['that no run has had', [], null, 'never_run', 'never run'],
  ['that was only compared', [comparison], null, 'never_run', 'never run'],
  ['whose run succeeded', [done], null, 'in_step', 'in step'],
  ['compared since', [done, comparison], null, 'in_step', 'in step'],
  ['with a warning', [{ ...done, warned: 'open' }], null, 'warnings', 'in step, 1 warning'],
  ['with a warning that was accepted', [{ ...done, warned: 'accepted' }], null, 'in_step', 'in step'],
  ['that waits', [waiting], null, 'waiting', 'waits for you: large removal'],
  [
    'whose wait gave way to a comparison',
    [{ ...waiting, state: 'stopped' }, comparison],
    null,
    'waiting',
    'waits for you: large removal',
  ],
  [
    'whose wait gave way to a comparison that is over',
    [
      { ...waiting, state: 'stopped' },
      { ...comparison, state: 'stopped', error: 'stopped' },
    ],
    null,
    'stopped',
    'stopped: large removal',
  ],
  ['whose run was stopped', [stopped], null, 'stopped', 'stopped'],
  ['whose run failed', [done, failed], null, 'failed', 'failed: disk full'],
  ['that is scheduled', [failed, { state: 'scheduled' }], null, 'running', 'scheduled'],
  ['that runs', [running], null, 'running', 'running'],
  ['that is asked to stop', [{ ...running, isStopping: true }], null, 'running', 'stopping'],
  ['that tries again', [{ ...running, isRetrying: true }], null, 'running', 'waiting, next try'],
  [
    'that is asked to stop between two tries',
    [{ ...running, isRetrying: true, isStopping: true }],
    null,
    'running',
    'stopping',
  ],
  ['that was left', [{ ...done, isOfService: true }], null, 'left', 'no longer kept in step'],
  ['of a sample', [{ ...done, isOfService: true, isSample: true }], null, 'sample', 'sample'],
  ['changed elsewhere', [done], changes, 'changed_elsewhere', 'changed elsewhere'],
  ['changed elsewhere, and stopped', [stopped], changes, 'changed_elsewhere', 'changed elsewhere'],
  ['changed elsewhere, and failed', [failed], changes, 'failed', 'failed: disk full'],
  ['changed elsewhere, and waiting', [waiting], changes, 'waiting', 'waits for you: large removal'],
  ['whose changes were accepted', [done], accepted, 'in_step', 'in step'],
]

test.each(cases)('a list %s', async (name, runs, changed, state, said) => {
  const { db } = base.store
  const { id: listId } = await openList(db, AD_ACCOUNTS.owned, name)
  await db
    .updateTable('customer_list')
    .set({ changed_elsewhere: changed === null ? null : JSON.stringify(changed) })
    .where('id', '=', listId)
    .execute()
  for (const last of runs) await addRun(listId, last)
  const production = inWorkspace(db, PRODUCTION)
  const page = { limit: 1_000, cursor: null, search: null, order: 'name' } as const
  const all = { needsPerson: false, kept: false }
  const { items } = await listLists(production, localPrincipal, all, page)
  const view = items.find(({ id }) => id === listId)
  const status = (await readStatus(production)).find(({ list }) => list === name)
  if (view === undefined || status === undefined) throw new Error('no list')
  expect({ view: view.state, status: status.state }).toEqual({ view: state, status: state })
  expect(stateInWords(status).replace(/ \d{4}-.*/, '')).toBe(said)
  expect(status.changedElsewhere).toBe(view.changedElsewhere !== null)
  const { lastWorkflow: last } = view
  expect(status.lastRun?.workflow).toBe(last?.id)
  expect(status.lastRun?.state).toBe(last?.state)
  expect(status.lastRun?.nextTryAt).toBe(last?.nextTryAt)
  const listed = await listRuns(production, { limit: 10, list: name })
  expect(listed).toHaveLength(runs.length)
  const open: (readonly string[])[] = []
  for (const { workflow, state: told } of listed) {
    const { state: stated, actions, error } = await readRun(base, production, workflow)
    expect(stated).toBe(told)
    const offered = await actionsFor(production, localActor, workflow)
    expect(actions).toEqual(offered.map(({ action }) => action))
    open.push(actions)
    expect(actions.length === 0 ? (error?.actions ?? []) : []).toEqual([])
  }
  // Whose place another took is decided no more.
  expect(open.slice(1).flat()).toEqual([])
  const lastListed = listed.filter(({ workflow }) => workflow === last?.id)
  expect(lastListed.map(timeless)).toEqual(status.lastRun === null ? [] : [timeless(status.lastRun)])
})

/** What runs takes longer at every look. */
function timeless(run: RunSummary): RunSummary {
  return { ...run, seconds: 0 }
}

async function addRun(listId: string, run: Last): Promise<void> {
  const { db } = base.store
  const { state, error, warned, isStopping = false, isRetrying = false, onlyLooks = false } = run
  const data = { list: 'VIP', changes: '1 record' }
  const by = { by: 'Ann', at: '2026-11-30' }
  const warning = { code: 'list_changed_elsewhere' as const, data }
  const warnings = warned === undefined ? [] : [warned === 'open' ? warning : { ...warning, accepted: by }]
  const id = await addWorkflow(db, run.isOfService === true ? configured : null, { state, warnings })
  await db
    .updateTable('workflow')
    .set({
      subject: listId,
      // No command of this machine that has died.
      holder: 'worker test:1',
      stop_requested: isStopping,
      error: error === undefined ? null : JSON.stringify({ code: error, data: {} }),
      ...(run.isSample === true ? { kind: 'sample' } : {}),
      ...(onlyLooks ? { inputs: JSON.stringify({ [ONLY_LOOKS]: true }) } : {}),
    })
    .where('id', '=', id)
    .execute()
  if (!isRetrying) return
  await db
    .insertInto('task')
    .values({
      workflow_id: id,
      name: 'add',
      position: 6,
      state: 'failed',
      started_at: sql<Date>`now()`,
      output: null,
      error: null,
      ended_at: null,
      next_try_at: sql<Date>`now() + interval '1 hour'`,
    })
    .execute()
}
