import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { stateInWords } from '../../src/cli/status.ts'
import { readStatus } from '../../src/history/status.ts'
import { workflowEvents } from '../../src/notify/alert-events.ts'
import type { AlertEvent } from '../../src/notify/alert-event.ts'
import { webhookBody } from '../../src/notify/alert-message.ts'
import { inWorkspace, PRODUCTION } from '../../src/store/workspace.ts'
import { queriesRunHere } from '../support/queries-here.ts'
import { membersOf } from '../destinations/customer-list/support.ts'
import {
  actOn,
  ended,
  membersOn,
  openWorkingService,
  people,
  setUp,
  started,
  writeCustomers,
} from './support.ts'
import type { Client, Ids, Service, WorkflowView } from './support.ts'

queriesRunHere()

/** Seeing the difference before anything is sent, and sending exactly that. */

let service: Service
let operator: Client

beforeAll(async () => {
  ;({ service, operator } = await openWorkingService())
})

afterAll(() => service.close())

interface Reviewed extends WorkflowView {
  readonly review: boolean
  readonly comparison: boolean
  readonly seconds: number
  readonly difference: {
    readonly before: number
    readonly members: number
    readonly added: number
    readonly removed: number
    readonly unchanged: number
    readonly removal: { readonly large: boolean; readonly percent: number; readonly limit: string }
    readonly forecast: { readonly requests: number }
    readonly sample: { readonly arrivals: readonly string[]; readonly departures: readonly string[] } | null
    readonly audience: string
  } | null
}

interface Told {
  readonly workflow: object
  readonly error: { readonly actions: readonly { readonly action: string }[] }
}

async function start(path: string): Promise<Reviewed> {
  return (await started(service, operator, path)) as Reviewed
}

const plan = (ids: Ids): Promise<Reviewed> => start(`/orchestrations/${ids.orchestration}/plan`)
const run = (ids: Ids): Promise<Reviewed> => start(`/orchestrations/${ids.orchestration}/run`)

const act = async (workflow: string, action: string): Promise<Reviewed> =>
  (await actOn(service, operator, workflow, action)) as Reviewed

async function actionsOf(workflow: string): Promise<string[]> {
  const { items } = await operator.ok<{ items: { action: string }[] }>(
    'GET',
    `/workflows/${workflow}/actions`,
  )
  return items.map(({ action }) => action)
}

async function cardOf({ id }: WorkflowView): Promise<object | undefined> {
  const { items } = await operator.ok<{ items: { workflow: string | null }[] }>(
    'GET',
    '/notifications?limit=200',
  )
  return items.find(({ workflow }) => workflow === id)
}

const onList = (name: string): string[] => membersOn(service, name)

describe('the difference', () => {
  test('is shown before anything is sent, with a masked sample, and is then sent exactly as it was shown', async () => {
    const ids = await setUp(service, operator, { name: 'reviewed', emails: people(150) })
    const planned = await plan(ids)
    expect(planned).toMatchObject({ state: 'waiting', review: true, error: { code: 'review_needed' } })
    expect(planned.difference).toMatchObject({
      before: 0,
      members: 150,
      added: 150,
      removed: 0,
      audience: 'enough',
      forecast: { requests: 2 },
    })
    expect(planned.difference?.sample?.arrivals).toHaveLength(5)
    expect(planned.difference?.sample?.arrivals[0]).toMatch(/^p•+@e•+\.com$/)
    expect(onList('reviewed')).toEqual([])
    expect(await actionsOf(planned.id)).toEqual(['send', 'restart', 'stop'])
    // It waits for a person, and nothing has gone wrong.
    expect(planned.log.at(-1)).toMatchObject({ level: 'warning' })

    // What the query returns by now was shown to nobody.
    await writeCustomers(service, 'reviewed', people(10, 1_000))
    const sent = await act(planned.id, 'send')
    expect(sent).toMatchObject({ id: planned.id, state: 'succeeded', changes: { added: 150, removed: 0 } })
    expect(sent.log.map(({ text }) => text).join('\n')).toMatch(/^Difference approved by \S/m)
    expect(onList('reviewed')).toEqual(membersOf(people(150)))
  })

  test('of a large removal is approved together with it, up to the number that was shown', async () => {
    const ids = await setUp(service, operator, { name: 'shrinking', emails: people(300) })
    await run(ids)
    await writeCustomers(service, 'shrinking', people(120))
    const planned = await plan(ids)
    expect(planned.difference).toMatchObject({
      before: 300,
      removed: 180,
      unchanged: 120,
      removal: { large: true, percent: 60 },
    })
    expect(planned.difference?.sample?.departures).toEqual([])
    expect(onList('shrinking')).toHaveLength(300)
    expect(await act(planned.id, 'send')).toMatchObject({ state: 'succeeded', changes: { removed: 180 } })
    expect(onList('shrinking')).toEqual(membersOf(people(120)))
  })

  test('can be cancelled, and then nothing was sent; a run afterwards sends all', async () => {
    const ids = await setUp(service, operator, { name: 'cancelled', emails: people(120) })
    const planned = await plan(ids)
    await service.platform.store.db
      .updateTable('workflow')
      .set({ started_at: sql`started_at - interval '1 hour'`, ended_at: sql`ended_at - interval '1 hour'` })
      .where('id', '=', planned.id)
      .execute()
    const { state } = await operator.ok<{ state: string }>('POST', `/workflows/${planned.id}/stop`)
    expect(state).toBe('stopped')
    // It worked for a moment, and waited for an hour.
    const { seconds } = await operator.ok<{ seconds: number }>('GET', `/workflows/${planned.id}`)
    expect(seconds).toBeLessThan(1_800)
    expect(onList('cancelled')).toEqual([])
    expect(await run(ids)).toMatchObject({ state: 'succeeded', review: false, changes: { added: 120 } })
    expect(await operator.fails('POST', `/workflows/${planned.id}/actions`, { action: 'send' })).toBe(
      'action_not_possible',
    )
  })

  test('gives way to a run that starts meanwhile, and cannot be sent after it', async () => {
    const ids = await setUp(service, operator, { name: 'overtaken', emails: people(120) })
    const planned = await plan(ids)
    await writeCustomers(service, 'overtaken', people(130))
    const { workflow } = await operator.ok<{ workflow: string }>(
      'POST',
      `/orchestrations/${ids.orchestration}/run`,
    )
    expect(await ended(service, operator, workflow)).toMatchObject({
      state: 'succeeded',
      changes: { added: 130 },
    })
    expect(await operator.fails('POST', `/workflows/${planned.id}/actions`, { action: 'send' })).toBe(
      'action_not_possible',
    )
    expect(onList('overtaken')).toEqual(membersOf(people(130)))
  })

  test('of fresh rows is shown again when a plan is restarted or its query was mended', async () => {
    const ids = await setUp(service, operator, { name: 'again', emails: people(120) })
    const planned = await plan(ids)
    await writeCustomers(service, 'again', people(140))
    const again = await act(planned.id, 'restart')
    expect(again).toMatchObject({ state: 'waiting', difference: { added: 140 } })

    await writeCustomers(service, 'again', ['nobody'])
    const empty = await plan(ids)
    expect(empty).toMatchObject({ state: 'failed', error: { code: 'not_enough_records' } })
    await writeCustomers(service, 'again', people(160))
    const mended = await act(empty.id, 'not_enough_records')
    expect(mended).toMatchObject({ state: 'waiting', difference: { added: 160 } })
    expect(onList('again')).toEqual([])
  })

  test('that the guard holds back shows a masked sample, too', async () => {
    const ids = await setUp(service, operator, { name: 'held back', emails: people(300) })
    await run(ids)
    await writeCustomers(service, 'held back', [...people(120), ...people(10, 1_000)])
    const waiting = await run(ids)
    expect(waiting).toMatchObject({ state: 'waiting', review: false, error: { code: 'large_removal' } })
    expect(waiting.difference).toMatchObject({ added: 10, removed: 180 })
    expect(waiting.difference?.sample?.arrivals).toHaveLength(5)
    expect(waiting.difference?.sample?.arrivals[0]).toMatch(/^p•+@e•+\.com$/)
    // It has not ended, and what alerts tell of it is what its page says.
    expect(waiting).toMatchObject({ endedAt: null })
    const { db } = service.platform.store
    // As if it had waited for another person before.
    await db
      .updateTable('workflow')
      .set({ started_at: sql`started_at - interval '1 hour'`, waited_ms: 3_600_000 })
      .where('id', '=', waiting.id)
      .execute()
    const [event] = await workflowEvents(db, waiting.id)
    const told = JSON.parse(webhookBody(event as AlertEvent, null)) as Told
    expect(told.workflow).toMatchObject({ state: 'waiting', endedAt: null, seconds: waiting.seconds })
    expect(told.error.actions.map(({ action }) => action)).toEqual(['approve', 'restart', 'stop'])
    expect(waiting.error).toMatchObject({ actions: told.error.actions })
    // No task of it has failed, so none is tried again.
    expect(await actionsOf(waiting.id)).toEqual(['approve', 'restart', 'stop'])
  })

  test('is judged once: limits that change while it waits change nothing of what it waits for', async () => {
    const ids = await setUp(service, operator, { name: 'judged once', emails: people(300) })
    await run(ids)
    await writeCustomers(service, 'judged once', people(120))
    const waiting = await run(ids)
    expect(waiting.difference).toMatchObject({ removal: { large: true, limit: '50 %' }, audience: 'enough' })
    const before = { ...service.platform.limits }
    onTestFinished(() => void Object.assign(service.platform.limits, before))
    Object.assign(service.platform.limits, { removalPercentMax: 90, audienceMembersMin: 200 })
    const later = await operator.ok<Reviewed>('GET', `/workflows/${waiting.id}`)
    expect(later.difference).toEqual(waiting.difference)
    const sent = await act(waiting.id, 'approve')
    expect(sent.state).toBe('succeeded')
    expect(sent.log.filter(({ text }) => text.includes('shows ads only'))).toEqual([])
  })

  test('leaves the list as it is: no card, no alert, and no state but that of the last run', async () => {
    const ids = await setUp(service, operator, { name: 'only looked at', emails: people(120) })
    await run(ids)
    const { listId } = await operator.ok<{ listId: string }>('GET', `/orchestrations/${ids.orchestration}`)
    const state = async (): Promise<unknown> =>
      (await operator.ok<{ state: string }>('GET', `/lists/${listId}`)).state
    const toldOf = async (id: string): Promise<object[]> => workflowEvents(service.platform.store.db, id)

    // Nothing to send: it is through by itself.
    const same = await plan(ids)
    expect(same).toMatchObject({ state: 'succeeded', comparison: true, changes: { added: 0, removed: 0 } })
    expect([await cardOf(same), await toldOf(same.id), await state()]).toEqual([undefined, [], 'in_step'])

    await writeCustomers(service, 'only looked at', people(130))
    const planned = await plan(ids)
    expect(planned).toMatchObject({ state: 'waiting', comparison: true })
    expect([await cardOf(planned), await toldOf(planned.id), await state()]).toEqual([
      undefined,
      [],
      'in_step',
    ])
    await operator.ok('POST', `/workflows/${planned.id}/stop`)
    expect(await state()).toBe('in_step')
    const { lastWorkflow } = await operator.ok<{ lastWorkflow: { state: string } }>(
      'GET',
      `/orchestrations/${ids.orchestration}`,
    )
    expect(lastWorkflow.state).toBe('succeeded')
    const status = (await readStatus(inWorkspace(service.platform.store.db, PRODUCTION))).find(
      ({ list }) => list === 'only looked at',
    )
    expect(stateInWords(status ?? { lastRun: null, state: 'never_run' })).toBe('in step')

    // Once it is sent, it is a run like any other.
    const sent = await act((await plan(ids)).id, 'send')
    expect(sent).toMatchObject({ state: 'succeeded', comparison: false })
    expect(await cardOf(sent)).toMatchObject({ kind: 'completed' })

    // What waits for approval waits on while someone looks at the difference.
    await writeCustomers(service, 'only looked at', people(20, 100))
    expect(await run(ids)).toMatchObject({ state: 'waiting' })
    await plan(ids)
    expect(await state()).toBe('waiting')
  })

  test('of a small change that no one reviews has no sample', async () => {
    const ids = await setUp(service, operator, { name: 'unreviewed', emails: people(120) })
    expect(await run(ids)).toMatchObject({ review: false, difference: { added: 120, sample: null } })
  })

  test('is asked for only by who may send to the destination', async () => {
    const ids = await setUp(service, operator, { name: 'not theirs', emails: people(120) })
    const reader = await service.as(['datagrid_operator_read_only'])
    expect(await reader.fails('POST', `/orchestrations/${ids.orchestration}/plan`)).toBe('access_denied')
    const restricted = await service.as(['analyst'], ['restrict_pii_access'])
    expect(await restricted.fails('POST', `/orchestrations/${ids.orchestration}/plan`)).toMatch(
      /access_denied|not_found/,
    )
  })
})
