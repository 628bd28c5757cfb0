import { describe, expect, test } from 'vitest'
import { isAdmin, maySeeDestination, optionNames, policyNames } from '../../src/access/permissions.ts'
import type { OptionName, PolicyName } from '../../src/access/permissions.ts'
import {
  countUnread,
  listNotifications,
  markAllRead,
  markRead,
  markUnread,
  notify,
  sweepNotifications,
} from '../../src/notify/notifications.ts'
import type { NotificationFilter, Viewer, Visibility } from '../../src/notify/notifications.ts'
import { noteWorkflow } from '../../src/workflow/workflow-card.ts'
import { inWorkspace, PRODUCTION } from '../../src/store/workspace.ts'
import type { ErrorCode } from '../../src/base/catalogue.ts'
import { addWorkflow, configure, end, largeRemoval, sharedDatabase } from '../workflow/support.ts'

const shared = sharedDatabase()
const ours = () => inWorkspace(shared.db, PRODUCTION)

const everything: Visibility = {
  adminOnly: true,
  kinds: { sources: true, queries: true },
  destinations: [true, false].flatMap((admin_only) =>
    [true, false].map((limited_pii) => ({ admin_only, limited_pii })),
  ),
}
const ann: Viewer = { principalId: 'us_ann', visibility: everything }
const bob: Viewer = { principalId: 'us_bob', visibility: everything }

const all: NotificationFilter = {
  unreadOnly: false,
  wantingOnly: false,
  kind: null,
  search: null,
  before: null,
  limit: 100,
}

async function titles(viewer: Viewer, filter: Partial<NotificationFilter> = {}): Promise<string[]> {
  return (await listNotifications(ours(), viewer, { ...all, ...filter })).map(({ title }) => title)
}

/** A card without workflow. */
async function tell(title: string, changes: { destinationId?: string | null; adminOnly?: boolean } = {}) {
  return notify(shared.db, {
    kind: 'warning',
    title,
    problem: { code: 'run_skipped', data: { due: '14:00', detail: 'the run before it goes on' } },
    destinationId: null,
    adminOnly: false,
    ...changes,
  })
}

function visibilityOf(principal: { policies: PolicyName[]; options: OptionName[] }): Visibility {
  return {
    adminOnly: isAdmin(principal),
    kinds: everything.kinds,
    destinations: everything.destinations.filter((pair) =>
      maySeeDestination(principal, { adminOnly: pair.admin_only, limitedPii: pair.limited_pii }),
    ),
  }
}

function nameOf(access: { adminOnly: boolean; limitedPii: boolean }): string {
  return `${access.adminOnly ? 'admin only' : 'everybody'}, ${access.limitedPii ? 'limited' : 'full'} PII`
}

describe('who sees what', () => {
  const settings = [false, true].flatMap((adminOnly) =>
    [false, true].map((limitedPii) => ({ adminOnly, limitedPii })),
  )

  test('a card with a destination is there for those who see the destination, whatever they may do', async () => {
    const { db } = shared
    for (const access of settings) {
      const name = nameOf(access)
      const configured = await configure(db, access, { destination: name, orchestration: name })
      await noteWorkflow(db, await addWorkflow(db, configured, { name }))
    }
    await tell('told to everybody')
    await tell('told to administrators', { adminOnly: true })
    const piiOptions = optionNames.filter((name) => name.includes('pii'))
    const optionSets = [[], ...piiOptions.map((name) => [name]), piiOptions]
    const seen = new Map<string, Set<string>>()
    for (const policies of [
      [],
      ...policyNames.map((name) => [name]),
      ['analyst', 'marketer_read_only'] as const,
    ]) {
      for (const options of optionSets) {
        const principal = { policies: [...policies], options }
        const viewer = { principalId: 'us_1', visibility: visibilityOf(principal) }
        const expected = [
          ...(isAdmin(principal) ? ['told to administrators'] : []),
          'told to everybody',
          ...settings
            .filter((access) => maySeeDestination(principal, access))
            .map((access) => `${nameOf(access)} → ${nameOf(access)}`)
            .toReversed(),
        ]
        expect(await titles(viewer), `${policies.join()} with ${options.join()}`).toEqual(expected)
        expect((await countUnread(ours(), viewer)).unread).toBe(expected.length)
        seen.set(policies.join(), (seen.get(policies.join()) ?? new Set()).add(expected.join()))
      }
    }
    // The table is not the same for all: administrators, and business users with each kind of access.
    expect(seen.get('analyst')?.size).toBe(3)
    expect(seen.get('')?.size).toBe(1)
  })

  test('who cannot see a card cannot mark it either, nor learn that it is there', async () => {
    const { db } = shared
    const configured = await configure(db, { adminOnly: true })
    const workflow = await addWorkflow(db, configured)
    await noteWorkflow(db, workflow)
    const [card] = await listNotifications(ours(), ann, all)
    const id = card?.id ?? ''
    const marketer = {
      principalId: 'us_1',
      visibility: visibilityOf({ policies: ['marketer'], options: [] }),
    }
    const hidden = { code: 'not_found' }
    await expect(markRead(ours(), marketer, id)).rejects.toMatchObject(hidden)
    await expect(markUnread(ours(), marketer, id)).rejects.toMatchObject(hidden)
    await expect(markRead(ours(), ann, 'nt_0')).rejects.toMatchObject(hidden)
    expect(await markAllRead(ours(), marketer, 1e9)).toBe(0)
    // What became visible since then is unread.
    await ours().updateTable('destination').set({ admin_only: false }).execute()
    await noteWorkflow(db, workflow)
    expect((await countUnread(ours(), marketer)).unread).toBe(1)
  })

  test.each([
    ['the list', true],
    ['the orchestration, for a kind that locks nothing,', false],
  ])('what a newer workflow of %s took the place of wants nothing any more', async (_, hasSubject) => {
    const { db } = shared
    const configured = await configure(db)
    const { id } = await db.selectFrom('customer_list').select('id').executeTakeFirstOrThrow()
    const subject = hasSubject ? id : null
    const run = async (state: 'failed' | 'waiting' | 'succeeded', code: ErrorCode | null): Promise<void> => {
      const workflow = await addWorkflow(db, configured)
      await db.updateTable('workflow').set({ subject }).where('id', '=', workflow).execute()
      await end(db, workflow, state, code, largeRemoval)
      await noteWorkflow(db, workflow)
    }
    const wanting = async (): Promise<number> => (await countUnread(ours(), ann)).wanting
    await run('failed', 'disk_full')
    expect(await wanting()).toBe(1)
    await run('waiting', 'large_removal')
    expect(await wanting()).toBe(1)
    expect(await titles(ann, { wantingOnly: true })).toHaveLength(1)
    await run('succeeded', null)
    expect(await wanting()).toBe(0)
    // What failed is settled, so it is no news any more.
    expect((await countUnread(ours(), ann)).unread).toBe(2)
    const cards = await listNotifications(ours(), ann, all)
    expect(cards.map(({ kind, read, settled }) => [kind, read, settled])).toEqual([
      ['completed', false, false],
      ['warning', false, false],
      ['error', true, true],
    ])
  })

  test('a destination that becomes admin only takes its cards with it at once', async () => {
    const { db } = shared
    await noteWorkflow(db, await addWorkflow(db, await configure(db)))
    const analyst = { principalId: 'us_1', visibility: visibilityOf({ policies: ['analyst'], options: [] }) }
    expect(await titles(analyst)).toHaveLength(1)
    await ours().updateTable('destination').set({ admin_only: true }).execute()
    expect(await titles(analyst)).toEqual([])
    expect(await titles(ann)).toHaveLength(1)
  })
})

test('a card without workflow says what the catalogue says', async () => {
  const { db } = shared
  const { destination } = await configure(db)
  const id = await tell('Loyal customers → Pinterest', { destinationId: destination })
  expect(await listNotifications(ours(), ann, all)).toEqual([
    {
      id,
      number: expect.any(Number) as number,
      kind: 'warning',
      title: 'Loyal customers → Pinterest',
      text: 'Run skipped: the run due at 14:00 did not start: the run before it goes on.',
      code: 'run_skipped',
      workflow: null,
      destination: { id: destination, name: 'Pinterest' },
      data: { due: '14:00', detail: 'the run before it goes on' },
      read: false,
      settled: false,
      createdAt: expect.stringMatching(/Z$/) as string,
      updatedAt: expect.stringMatching(/Z$/) as string,
    },
  ])
})

test('each reads for themselves', async () => {
  const id = await tell('one')
  await tell('two')
  await markRead(ours(), ann, id)
  await markRead(ours(), ann, id)
  expect([(await countUnread(ours(), ann)).unread, (await countUnread(ours(), bob)).unread]).toEqual([1, 2])
  expect(await titles(ann, { unreadOnly: true })).toEqual(['two'])
  expect((await listNotifications(ours(), ann, all)).map(({ read }) => read)).toEqual([false, true])
  await markUnread(ours(), ann, id)
  await markUnread(ours(), ann, id)
  expect((await countUnread(ours(), ann)).unread).toBe(2)
})

test('all are read up to the one that was seen last', async () => {
  await tell('one')
  await tell('two')
  const [newest] = await listNotifications(ours(), ann, all)
  await tell('came meanwhile')
  expect(await markAllRead(ours(), ann, newest?.number ?? 0)).toBe(2)
  expect(await titles(ann, { unreadOnly: true })).toEqual(['came meanwhile'])
  expect(await markAllRead(ours(), ann, newest?.number ?? 0)).toBe(0)
  expect((await countUnread(ours(), bob)).unread).toBe(3)
})

test('pages hold every card once, the newest first', async () => {
  const made = Array.from({ length: 7 }, (_, index) => `card ${index}`)
  for (const title of made) await tell(title)
  const found: string[] = []
  for (let before: number | null = null; ;) {
    const page = await listNotifications(ours(), ann, { ...all, before, limit: 3 })
    found.push(...page.map(({ title }) => title))
    before = page.at(-1)?.number ?? null
    if (before === null) break
  }
  expect(found).toEqual(made.toReversed())
})

test('cards are found by kind and by a part of what they say', async () => {
  const { db } = shared
  const workflow = await addWorkflow(db, await configure(db))
  await end(db, workflow, 'failed', 'authorization_error', { detail: 'the token was revoked' })
  await noteWorkflow(db, workflow)
  await tell('100 %_\\ sure')
  expect(await titles(ann, { kind: 'error' })).toEqual(['Loyal customers → Pinterest'])
  expect(await titles(ann, { search: 'LOYAL' })).toEqual(['Loyal customers → Pinterest'])
  expect(await titles(ann, { search: ' token was ' })).toEqual(['Loyal customers → Pinterest'])
  expect(await titles(ann, { search: '%_\\' })).toEqual(['100 %_\\ sure'])
  expect(await titles(ann, { search: '_oyal' })).toEqual([])
  expect(await titles(ann, { search: "'; drop table notification; --" })).toEqual([])
  expect(await titles(ann, { search: '  ' })).toHaveLength(2)
  expect(await titles(ann, { search: 'loyal\0' })).toEqual(['Loyal customers → Pinterest'])
})

test('what an alert has told is nobody else’s matter', async () => {
  const { db } = shared
  const workflow = await addWorkflow(db, null)
  await noteWorkflow(db, workflow)
  await db
    .updateTable('notification')
    .set({ data: JSON.stringify({ workflow, finished: [], slowTold: ['al_1'] }) })
    .execute()
  const [card] = await listNotifications(ours(), ann, all)
  expect(card?.data).toEqual({ workflow, finished: [] })
})

test('old cards go, with what is known of their readers', async () => {
  const { db } = shared
  const [old, young] = [await tell('old'), await tell('young')]
  await markAllRead(ours(), ann, 1e9)
  const hourAgo = new Date(Date.now() - 3_600_000)
  await db.updateTable('notification').set({ updated_at: hourAgo }).where('id', '=', old).execute()
  expect(await sweepNotifications(db, 7_200_000)).toBe(0)
  expect(await sweepNotifications(db, 1_800_000)).toBe(1)
  expect(await db.selectFrom('notification_read').select('notification_id').execute()).toEqual([
    { notification_id: young },
  ])
})
