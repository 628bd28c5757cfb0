import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AD_ACCOUNTS } from '../../simulator/main.ts'
import { workflowEvents } from '../../src/notify/alert-events.ts'
import { ended, openWorkingService, people, runOf, setUp, started, writeCustomers } from './support.ts'
import type { Client, Ids, Service, WorkflowView } from './support.ts'

/** The customer lists as people see them: members over time, what Pinterest shows, and making a new one. */

let service: Service
let operator: Client

beforeAll(async () => {
  ;({ service, operator } = await openWorkingService())
})

afterAll(() => service.close())

interface List {
  readonly id: string
  readonly state: string
  readonly name: string
  readonly pinterestId: string | null
  readonly members: number
  readonly unsure: number
  readonly orchestration: { readonly id: string } | null
  readonly lastWorkflow: { readonly id: string; readonly state: string } | null
  readonly history: readonly { readonly members: number; readonly inStep: boolean }[]
  readonly changedElsewhere: string | null
  readonly counters: { readonly batches: number; readonly uploaded: number; readonly removed: number } | null
}

interface AtPinterest {
  readonly list: { readonly id: string; readonly counters: object } | null
  readonly audience: { readonly id: string; readonly status: string } | null
  readonly problem: string | null
  readonly isChangedElsewhere: boolean
  readonly lastSentAt: string | null
}

const run = (ids: Ids): Promise<WorkflowView> => runOf(service, operator, ids)

async function listOf(ids: Ids, client = operator): Promise<List> {
  const { listId } = await operator.ok<{ listId: string }>('GET', `/orchestrations/${ids.orchestration}`)
  return client.ok('GET', `/lists/${listId}`)
}

async function verified(list: List): Promise<AtPinterest> {
  return operator.ok('GET', `/lists/${list.id}/at-pinterest`)
}

async function names(query: string): Promise<string[]> {
  const { items } = await operator.ok<{ items: List[] }>('GET', `/lists?${query}`)
  return items.map(({ name }) => name)
}

describe('a list', () => {
  test('shows its members after every run that brought it in step, and who keeps it', async () => {
    const ids = await setUp(service, operator, { name: 'growing', emails: people(120) })
    for (const count of [120, 150, 150, 140]) {
      await writeCustomers(service, 'growing', people(count))
      await run(ids)
    }
    const list = await listOf(ids)
    expect(list).toMatchObject({ name: 'growing', members: 140, unsure: 0, changedElsewhere: null })
    expect(list.history.map(({ members }) => members)).toEqual([120, 150, 150, 140])
    expect(list.orchestration?.id).toBe(ids.orchestration)
    expect(list.lastWorkflow?.state).toBe('succeeded')
  })

  test('shows what it held between runs: while removals wait, and after a run that broke off', async () => {
    const ids = await setUp(service, operator, { name: 'between', emails: people(200) })
    await run(ids)
    await operator.ok('PATCH', `/orchestrations/${ids.orchestration}`, {
      version: 1,
      sendAdditionsFirst: true,
    })
    await writeCustomers(service, 'between', people(80, 190))
    const waiting = await run(ids)
    expect(waiting).toMatchObject({ state: 'waiting', error: { code: 'large_removal' } })
    const points = async () =>
      (await listOf(ids)).history.map(({ members, inStep }) => [members, inStep] as const)
    expect(await points()).toEqual([
      [200, true],
      [270, false],
    ])
    // Every place that shows its members shows the same.
    const { list } = await operator.ok<{ list: { members: number } }>(
      'GET',
      `/orchestrations/${ids.orchestration}`,
    )
    expect(list.members).toBe(270)
    const cards = await operator.ok<{ items: { workflow: string | null; data: { members?: number } }[] }>(
      'GET',
      '/notifications?limit=200',
    )
    expect(cards.items.find(({ workflow }) => workflow === waiting.id)?.data.members).toBe(270)
    // So do what alerts tell of it and its summary; its rows count what was in the query.
    const [told] = await workflowEvents(service.platform.store.db, waiting.id)
    expect(told?.counts).toMatchObject({ members: 270 })
    expect(told?.facts?.at(-1)).toEqual({ label: 'Members', text: '+70 −0, 270 members' })
    expect(await operator.ok('GET', `/workflows/${waiting.id}`)).toMatchObject({
      rows: { members: 80 },
      summary: '+70 −0, 270 members',
    })
    const { items: all } = await operator.ok<{ items: List[] }>('GET', '/lists?limit=200')
    const metrics = await (await service.fetch(new Request('http://rollcall.test/metrics'))).text()
    const total = all.reduce((sum, { members }) => sum + members, 0)
    expect(metrics).toMatch(new RegExp(`^rollcall_members_told ${total}$`, 'm'))
    await writeCustomers(service, 'between', people(260))
    await run(ids)
    expect(await points()).toEqual([
      [200, true],
      [270, false],
      [260, true],
    ])
  })

  test('of a sample is a list of its own', async () => {
    const ids = await setUp(service, operator, { name: 'sampled', emails: people(200) })
    await started(service, operator, `/orchestrations/${ids.orchestration}/sample`, { members: 10 })
    const { items } = await operator.ok<{ items: List[] }>('GET', '/lists?search=sampled')
    expect(items.map(({ name, members, orchestration }) => [name, members, orchestration !== null])).toEqual([
      ['sampled', 0, true],
      ['sampled (sample)', 10, false],
    ])
  })

  test('is found among many by pages, by its name, and by what needs a person', async () => {
    const ids = await setUp(service, operator, { name: 'in trouble', emails: people(3) })
    await run(ids)
    expect(await names('needsPerson=true')).toContain('in trouble')
    const all = await names('limit=1000')
    const paged: string[] = []
    let cursor = ''
    do {
      const { items, nextCursor } = await operator.ok<{ items: List[]; nextCursor: string | null }>(
        'GET',
        `/lists?limit=2&cursor=${encodeURIComponent(cursor)}`,
      )
      paged.push(...items.map(({ name }) => name))
      cursor = nextCursor ?? ''
    } while (cursor !== '')
    expect(paged).toEqual(all)
    await writeCustomers(service, 'in trouble', people(150))
    await run(ids)
    expect(await names('needsPerson=true')).not.toContain('in trouble')
  })

  test('of a destination for admins alone is hidden from others', async () => {
    const ids = await setUp(service, operator, { name: 'for admins', emails: people(120) })
    await run(ids)
    const { version } = await operator.ok<{ version: number }>('GET', `/destinations/${ids.destination}`)
    await operator.ok('PATCH', `/destinations/${ids.destination}`, { version, adminOnly: true })
    const { id } = await listOf(ids)
    const marketer = await service.as(['marketer'])
    expect(await marketer.fails('GET', `/lists/${id}`)).toBe('not_found')
    expect(await marketer.fails('GET', `/lists/${id}/at-pinterest`)).toBe('not_found')
    const seen = await marketer.ok<{ items: List[] }>('GET', '/lists?limit=1000')
    expect(seen.items.map(({ name }) => name)).not.toContain('for admins')
  })
})

const foreign = (list: List, letter: string): void => {
  const hashes = [letter.repeat(64)]
  service.simulator.control.changeElsewhere(list.pinterestId ?? '', { add: hashes })
}
const act = (workflow: WorkflowView, action: string): Promise<{ workflow: string; state: string }> =>
  operator.ok('POST', `/workflows/${workflow.id}/actions`, { action })

interface Card {
  readonly kind: string
  readonly text: string
  readonly code: string | null
  readonly workflow: string | null
}
async function cardOf({ id }: WorkflowView): Promise<Card | undefined> {
  const { items } = await operator.ok<{ items: Card[] }>('GET', '/notifications?limit=200')
  return items.find(({ workflow }) => workflow === id)
}

/** Alerts about changed lists that were handed to the workers. */
async function alertsAsked(): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*)::int as count from pgboss.job
    where data->'event'->>'kind' = 'list_changed_elsewhere'`.execute(service.platform.store.db)
  return rows[0]?.count ?? 0
}

describe('what others did to a list', () => {
  test('stays what it is, whatever runs, until a person accepts it; what was sent stays apart from it', async () => {
    const ids = await setUp(service, operator, { name: 'drifting', emails: people(120) })
    await run(ids)
    const { lastSentAt } = await verified(await listOf(ids))
    expect(lastSentAt).toMatch(/^20/)
    foreign(await listOf(ids), 'a')
    const sent = { batches: 1, uploaded: 120, removed: 0 }
    expect(await listOf(ids)).toMatchObject({ counters: sent })
    // Seen at Pinterest, and by no run yet: it counts all the same, and is told as if a run had found it.
    const alert = { name: 'drift', events: ['list_changed_elsewhere'], target: { to: ['ann@example.com'] } }
    const administrator = await service.as(['datagrid_administrator'])
    await administrator.ok('POST', '/alerts', alert)
    const found = await verified(await listOf(ids))
    expect(found).toMatchObject({ isChangedElsewhere: true })
    const { state, changedElsewhere, lastWorkflow } = await listOf(ids)
    expect({ state, changedElsewhere }).toEqual({
      state: 'changed_elsewhere',
      changedElsewhere: found.problem,
    })
    expect(found.problem).toContain('1 request and 1 added record more than Rollcall sent.')
    const offered = { items: expect.arrayContaining([expect.objectContaining({ action: 'accept_list' })]) }
    expect(await operator.ok('GET', `/workflows/${lastWorkflow?.id}/actions`)).toEqual(offered)
    expect(await alertsAsked()).toBe(1)
    // Looked at again, it is no news.
    await verified(await listOf(ids))
    expect(await alertsAsked()).toBe(1)
    for (const emails of [people(120), people(130), people(130)]) {
      await writeCustomers(service, 'drifting', emails)
      expect((await run(ids)).warnings.map(({ code }) => code)).toEqual(['list_changed_elsewhere'])
      const list = await listOf(ids)
      // A run that sends nothing moves no time of sending.
      expect((await verified(list)).lastSentAt === lastSentAt).toBe(emails.length === 120)
      expect(list.changedElsewhere).toContain('1 request and 1 added record more than Rollcall sent.')
      // It is not in step, and counts among those that need a person.
      expect(list.history.at(-1)?.inStep).toBe(false)
      expect(await names('needsPerson=true')).toContain('drifting')
      const { needPerson } = await operator.ok<{ needPerson: number }>('GET', '/lists/summary')
      expect(needPerson).toBe((await names('needsPerson=true&kept=true')).length)
      expect((await verified(list)).list?.counters).toEqual({
        batches: (list.counters?.batches ?? 0) + 1,
        uploaded: emails.length + 1,
        removed: 0,
      })
      expect(list.counters?.uploaded).toBe(emails.length)
    }

    const last = await run(ids)
    expect(await cardOf(last)).toMatchObject({ kind: 'warning', code: 'list_changed_elsewhere' })
    expect(await act(last, 'accept_list')).toEqual({ workflow: last.id, state: 'accepted' })
    // Its workflow and its card say so at once, and offer nothing any more.
    const after = await operator.ok<{ warnings: object[] }>('GET', `/workflows/${last.id}`)
    expect(after.warnings).toMatchObject([
      {
        code: 'list_changed_elsewhere',
        actions: [],
        accepted: { by: expect.stringMatching(/^API key test /), at: expect.stringMatching(/^20/) },
      },
    ])
    expect(await operator.ok('GET', `/workflows/${last.id}/actions`)).toEqual({ items: [] })
    const card = await cardOf(last)
    expect(card).toMatchObject({ kind: 'completed', code: null })
    expect(card?.text).toMatch(/List changed elsewhere: accepted by API key test /)
    const accepted = await listOf(ids)
    expect(accepted).toMatchObject({
      changedElsewhere: null,
      acceptedElsewhere: {
        changes: '1 record was added elsewhere',
        by: expect.stringMatching(/^API key test /),
        at: expect.stringMatching(/^20/),
      },
      counters: { uploaded: 130 },
    })
    expect(await names('needsPerson=true')).not.toContain('drifting')
    expect(accepted).toMatchObject({ state: 'in_step' })
    expect(await verified(accepted)).toMatchObject({ problem: null, isChangedElsewhere: false })
    expect(await operator.fails('POST', `/workflows/${last.id}/actions`, { action: 'accept_list' })).toBe(
      'action_not_possible',
    )
    expect((await run(ids)).warnings).toEqual([])

    // What comes after it is told alone; who finds it first tells of it, also a comparison, which tells of nothing else.
    foreign(accepted, 'b')
    const told = await alertsAsked()
    const { workflow: compared } = await operator.ok<{ workflow: string }>(
      'POST',
      `/orchestrations/${ids.orchestration}/plan`,
    )
    await ended(service, operator, compared)
    await expect.poll(alertsAsked).toBe(told + 1)
    expect((await verified(accepted)).problem).toMatch(/sent since the change that was accepted\./)
    const again = await run(ids)
    expect(again.warnings.map(({ code }) => code)).toEqual(['list_changed_elsewhere'])
    expect((await listOf(ids)).changedElsewhere).toContain(
      '1 request and 1 added record more than Rollcall sent since the change that was accepted.',
    )
    await act(again, 'rebuild').then(({ workflow }) => ended(service, operator, workflow))
    expect(await listOf(ids)).toMatchObject({ changedElsewhere: null, counters: { uploaded: 130 } })
  })

  test('is accepted only by who may send to it, and the activity log tells who did', async () => {
    const ids = await setUp(service, operator, {
      name: 'drifting apart',
      emails: [...people(120), 'a'.repeat(64)],
    })
    await run(ids)
    foreign(await listOf(ids), 'a')
    const { id, warnings } = await run(ids)
    expect(warnings.map(({ code }) => code)).toContain('already_hashed')
    // What a person has to decide stands before what a run only remarks, and the one that cannot be undone is never chosen by itself.
    const offered = await operator.ok<{ items: object[] }>('GET', `/workflows/${id}/actions`)
    expect(offered.items).toMatchObject([
      { action: 'rebuild', destructive: true },
      { action: 'accept_list', about: expect.stringContaining('stay off the list') },
      { action: 'addresses_or_hashes' },
    ])
    const reader = await service.as(['datagrid_operator_read_only'])
    const body = { action: 'accept_list' }
    expect(await reader.fails('POST', `/workflows/${id}/actions`, body)).toBe('access_denied')
    await operator.ok('POST', `/workflows/${id}/actions`, body)
    const administrator = await service.as(['datagrid_administrator'])
    const { items } = await administrator.ok<{ items: { action: string }[] }>('GET', '/activity?limit=20')
    expect(items.map(({ action }) => action)).toContain('workflow.accept_list')
  })
})

describe('what Pinterest shows', () => {
  test('is read live, with the audience, and says when somebody else changed the list', async () => {
    const ids = await setUp(service, operator, { name: 'watched', emails: people(120) })
    expect(await verified(await listOf(ids))).toMatchObject({ list: null, audience: null, problem: null })
    await run(ids)
    const list = await listOf(ids)
    const fine = await verified(list)
    expect(fine).toMatchObject({
      list: { id: list.pinterestId, counters: { batches: 1, uploaded: 120, removed: 0 } },
      problem: null,
    })
    expect(fine.audience?.status).not.toBe('')
    const { control } = service.simulator
    control.changeElsewhere(list.pinterestId ?? '', { add: ['a'.repeat(64)] })
    expect((await verified(list)).problem).toContain('1 added record')
    control.removeList(list.pinterestId ?? '')
    expect((await verified(list)).problem).toContain('List not found')
  })

  test('cannot be asked for a list of no destination', async () => {
    const ids = await setUp(service, operator, { name: 'left behind', emails: people(120) })
    await run(ids)
    const { id } = await listOf(ids)
    await operator.ok('DELETE', `/orchestrations/${ids.orchestration}`)
    // Its last workflow still knows the destination.
    expect(await operator.ok('GET', `/lists/${id}/at-pinterest`)).toMatchObject({ problem: null })
    await operator.ok('DELETE', `/destinations/${ids.destination}`)
    expect(await operator.fails('GET', `/lists/${id}/at-pinterest`)).toBe('action_not_possible')
    expect(await operator.fails('POST', `/lists/${id}/rebuild`)).toBe('action_not_possible')
  })
})

describe('rebuilding', () => {
  test('makes a new list of the same name with all members', async () => {
    const ids = await setUp(service, operator, { name: 'rebuilt', emails: people(120) })
    await run(ids)
    const before = await listOf(ids)
    expect(await started(service, operator, `/lists/${before.id}/rebuild`)).toMatchObject({
      state: 'succeeded',
      changes: { added: 120, removed: 0 },
    })
    const after = await listOf(ids)
    expect(after.pinterestId).not.toBe(before.pinterestId)
    expect(after.members).toBe(120)
    const lists = service.simulator.control.lists(AD_ACCOUNTS.owned, 'rebuilt')
    expect(lists.map(({ members }) => members)).toEqual([120, 120])
  })
})
