import { sql } from 'kysely'
import { describe, expect, onTestFinished, test } from 'vitest'
import { PRODUCTION } from '../../src/store/workspace.ts'
import { claimSlow, findSlow, tokenExpiringEvent, workflowEvents } from '../../src/notify/alert-events.ts'
import { alertsFor, createAlert, updateAlert } from '../../src/notify/alerts.ts'
import { alertMessage } from '../../src/notify/alert-message.ts'
import { addKind, shownKind, workflowKind } from '../../src/workflow/kind.ts'
import { noteWorkflow } from '../../src/workflow/workflow-card.ts'
import { toyKind } from '../worker/toy-kind/kind.ts'
import { addWorkflow, configure, end, largeRemoval, rerun, sharedDatabase } from '../workflow/support.ts'
import { byEmail, context } from './alert-context.ts'

const shared = sharedDatabase()

describe('events', () => {
  const threshold = {
    code: 'threshold_warning',
    data: { query: 'Loyal', rows: 90, bound: 'fewer than 100' },
  } as const
  const elsewhere = { code: 'newer_list', data: { list: 'VIP', listId: '1', newerId: '2' } } as const

  test.each([
    ['failed', 'query_failed', ['workflow_failed']],
    ['failed', 'threshold_not_met', ['threshold', 'workflow_failed']],
    ['failed', 'list_changed_elsewhere', ['list_changed_elsewhere', 'workflow_failed']],
    ['waiting', 'large_removal', ['needs_person']],
    ['stopped', 'stopped', []],
    ['succeeded', null, ['workflow_succeeded']],
  ] as const)('a workflow that %s (%s)', async (state, code, kinds) => {
    const { db } = shared
    const workflow = await addWorkflow(db, null)
    await end(db, workflow, state, code)
    const events = await workflowEvents(db, workflow)
    expect(events.map(({ kind }) => kind)).toEqual(kinds)
    // Asked again, they are the same.
    expect(await workflowEvents(db, workflow)).toEqual(events)
  })

  test('a workflow that runs, or is not there, has none', async () => {
    const { db } = shared
    expect(await workflowEvents(db, await addWorkflow(db, null))).toEqual([])
    expect(await workflowEvents(db, 'wf_unknown')).toEqual([])
  })

  test('warnings have events of their own, once each, and a rerun has new ones', async () => {
    const { db } = shared
    const configured = await configure(db)
    const warnings = [elsewhere, threshold, { ...elsewhere, code: 'list_changed_elsewhere' as const }]
    const workflow = await addWorkflow(db, configured, { warnings })
    await end(db, workflow, 'succeeded')
    await noteWorkflow(db, workflow, { rows: 10, invalid: 1, members: 9, added: 2, removed: 0 })
    const events = await workflowEvents(db, workflow)
    expect(events.map(({ kind }) => kind)).toEqual([
      'list_changed_elsewhere',
      'threshold',
      'workflow_succeeded',
    ])
    expect(events[0]).toMatchObject({
      title: 'Loyal customers → Pinterest',
      orchestration: { id: configured.orchestration, name: 'Loyal customers' },
      destination: { id: configured.destination, name: 'Pinterest' },
      query: { id: configured.query },
      credential: { id: configured.credential },
      problem: elsewhere,
      counts: { rows: 10, invalid: 1, members: 9, added: 2, removed: 0 },
    })
    for (const { id } of events) expect(id).toMatch(/^[a-z_]+\.wf_\w+\.\d+$/)
    await rerun(db, workflow)
    await db
      .updateTable('workflow')
      .set({ state: 'succeeded', ended_at: new Date(Date.now() + 60_000) })
      .execute()
    const again = await workflowEvents(db, workflow)
    expect(again.map(({ id }) => id)).not.toContain(events[0]?.id)
  })

  test('which warnings have events of their own, the kind of the workflow says', async () => {
    const { db } = shared
    const warnings = [elsewhere, threshold]
    const lost = { event: 'parcel_lost', title: 'Parcel lost', about: 'A parcel did not arrive.' }
    const remove = addKind({ ...shownKind({ kind: 'parcels' }), alerts: { newer_list: lost } })
    const workflow = await addWorkflow(db, null, { kind: 'parcels', warnings })
    await end(db, workflow, 'succeeded')
    const events = await workflowEvents(db, workflow)
    const { alert } = await createAlert(db, context, { ...byEmail, events: ['parcel_lost'] })
    expect(await alertsFor(db, PRODUCTION, events)).toMatchObject([{ alertId: alert.id }])
    const [first] = events.map((event) => alertMessage(event, null).subject)
    expect(first).toMatch(/^\[Rollcall\] Parcel lost: /)
    remove()
    // Its name stands in place of its title, and the rest of the alert can still be edited.
    const [gone] = events.map((event) => alertMessage(event, null).subject)
    expect(gone).toMatch(/^\[Rollcall\] Parcel lost: /)
    await updateAlert(db, context, alert.id, { version: 1, enabled: false })
    await expect(
      createAlert(db, context, { ...byEmail, name: 'New', events: ['parcel_lost'] }),
    ).rejects.toThrow(/no event "parcel_lost"/)
    expect(events.map(({ kind, problem }) => [kind, problem])).toEqual([
      ['parcel_lost', elsewhere],
      ['workflow_succeeded', null],
    ])
  })

  test('each alert is due once, for the most specific event that it tells', async () => {
    const { db } = shared
    const make = async (name: string, events: string[], enabled = true) =>
      (await createAlert(db, context, { ...byEmail, name, events, enabled })).alert.id
    const specific = await make('a', ['workflow_succeeded', 'threshold'])
    const ending = await make('b', ['workflow_succeeded', 'workflow_failed'])
    await make('c', ['workflow_failed', 'token_expiring'])
    await make('d', ['threshold'], false)
    const workflow = await addWorkflow(db, null, { warnings: [threshold] })
    await end(db, workflow, 'succeeded')
    const due = await alertsFor(db, PRODUCTION, await workflowEvents(db, workflow))
    expect(due.map(({ alertId, event }) => [alertId, event.kind])).toEqual([
      [specific, 'threshold'],
      [ending, 'workflow_succeeded'],
    ])
    expect(await alertsFor(db, PRODUCTION, [])).toEqual([])
  })

  test('a credential that stops working soon', async () => {
    const { db } = shared
    const { alert } = await createAlert(db, context, { ...byEmail, events: ['token_expiring'] })
    const data = { credential: 'Main', expires: '2026-12-01', detail: 'Pinterest refuses' }
    const at = new Date('2026-11-24T08:00:00Z')
    const event = tokenExpiringEvent({ id: 'cr_1', name: 'Main' }, { code: 'token_expiring', data }, at)
    expect(event).toMatchObject({ id: `token_expiring.cr_1.${at.getTime()}`, credential: { id: 'cr_1' } })
    expect(await alertsFor(db, PRODUCTION, [event])).toMatchObject([{ alertId: alert.id }])
    expect(await alertsFor(db, 'sb_1', [event])).toEqual([])
  })
})

/** What fails where nothing may. */
const never = (error: unknown): never => {
  throw error
}

describe('slow workflows', () => {
  const MINUTE_MS = 60_000
  const later = (minutes: number): Date => new Date(Date.now() + minutes * MINUTE_MS)

  async function slowAlert(name: string, minutes: number, enabled = true): Promise<string> {
    const input = {
      ...byEmail,
      name,
      events: ['slower_than'],
      slowerThanMs: minutes * MINUTE_MS,
      enabled,
    }
    return (await createAlert(shared.db, context, input)).alert.id
  }

  async function find(minutes: number): Promise<string[][]> {
    const found = await findSlow(shared.db, later(minutes), never)
    return found.map(({ alertId, workflowId }) => [alertId, workflowId])
  }

  test('are told to each alert after its own time, once', async () => {
    const { db } = shared
    const [quick, patient] = [await slowAlert('a', 10), await slowAlert('b', 30)]
    await slowAlert('off', 1, false)
    const workflow = await addWorkflow(db, await configure(db))
    await noteWorkflow(db, workflow)
    expect(await find(5)).toEqual([])
    expect(await find(11)).toEqual([[quick, workflow]])
    const [slow] = await findSlow(db, later(11), never)
    if (slow === undefined) throw new Error('nothing is slow')
    expect(slow.event).toMatchObject({ kind: 'slower_than', problem: { data: { limit: '10 min 00 s' } } })
    const claims = await Promise.all(Array.from({ length: 8 }, () => claimSlow(db, slow)))
    expect(claims.filter(Boolean)).toHaveLength(1)
    // What else happens to the card meanwhile makes no difference.
    await noteWorkflow(db, workflow)
    expect(await find(11)).toEqual([])
    expect(await find(31)).toEqual([[patient, workflow]])
  })

  test('of a sandbox are told to no one', async () => {
    const { db } = shared
    await slowAlert('a', 10)
    const workflow = await addWorkflow(db, null)
    await noteWorkflow(db, workflow)
    await sql`insert into workspace (id) values ('sb_1') on conflict do nothing`.execute(db)
    await db.updateTable('workflow').set({ workspace: 'sb_1' }).where('id', '=', workflow).execute()
    expect(await find(11)).toEqual([])
  })

  test('of a part are told with its whole', async () => {
    const { db } = shared
    await slowAlert('a', 10)
    const part = await addWorkflow(db, null, { parent: await addWorkflow(db, null) })
    await end(db, part, 'waiting', 'large_removal', largeRemoval)
    await noteWorkflow(db, part)
    await rerun(db, part)
    await noteWorkflow(db, part)
    expect(await find(11)).toEqual([])
  })

  test('one that cannot be read hides no other, and is said', async () => {
    const { db } = shared
    const alert = await slowAlert('a', 10)
    const broken = workflowKind({
      ...toyKind,
      name: 'unreadable',
      facts: () => {
        throw new Error('a defect')
      },
    })
    onTestFinished(addKind(broken))
    const [bad, good] = [await addWorkflow(db, null), await addWorkflow(db, null)]
    await db.updateTable('workflow').set({ kind: 'unreadable' }).where('id', '=', bad).execute()
    for (const workflow of [bad, good]) await noteWorkflow(db, workflow)
    const said: unknown[] = []
    const found = await findSlow(db, later(11), (error) => said.push(error))
    expect(found).toMatchObject([{ alertId: alert, workflowId: good }])
    expect(said).toEqual([expect.objectContaining({ message: 'a defect' })])
  })

  test('a claim that is rolled back is none', async () => {
    const { db } = shared
    await slowAlert('a', 10)
    await noteWorkflow(db, await addWorkflow(db, null))
    const [slow] = await findSlow(db, later(11), never)
    if (slow === undefined) throw new Error('nothing is slow')
    const rolledBack = db.transaction().execute(async (tx) => {
      await claimSlow(tx, slow)
      throw new Error('the queue is away')
    })
    await expect(rolledBack).rejects.toThrow('the queue is away')
    expect(await findSlow(db, later(11), never)).toHaveLength(1)
  })

  test('a rerun has its own time, and is told again', async () => {
    const { db } = shared
    const alert = await slowAlert('a', 10)
    const workflow = await addWorkflow(db, null)
    await noteWorkflow(db, workflow)
    const [first] = await findSlow(db, later(11), never)
    if (first === undefined) throw new Error('nothing is slow')
    await claimSlow(db, first)
    await end(db, workflow, 'waiting', 'large_removal', largeRemoval)
    await noteWorkflow(db, workflow)
    expect(await find(600)).toEqual([])
    expect(await claimSlow(db, { ...first, alertId: 'al_other' })).toBe(false)
    await rerun(db, workflow)
    // It was started long ago, but has only begun to run again.
    await db
      .updateTable('workflow')
      .set({ started_at: later(-600) })
      .execute()
    await noteWorkflow(db, workflow)
    expect(await find(5)).toEqual([])
    expect(await find(11)).toEqual([[alert, workflow]])
    const [second] = await findSlow(db, later(11), never)
    expect(second?.event.id).not.toBe(first.event.id)
  })
})
