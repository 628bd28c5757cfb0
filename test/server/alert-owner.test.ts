import { afterAll, beforeAll, expect, test } from 'vitest'
import { localActor } from '../../src/access/activity.ts'
import { createUser, deleteUser, disableUser } from '../../src/access/users.ts'
import { presentEvent } from '../../src/workspace/alert-rights.ts'
import { tokenExpiringEvent } from '../../src/notify/alert-events.ts'
import { startReceiver } from '../notify/receivers.ts'
import { openService } from './support.ts'
import type { Client, Service } from './support.ts'

/** Access that is taken away is taken away from alerts too. */

let service: Service
let admin: Client

beforeAll(async () => {
  service = await openService()
  admin = await service.as(['datagrid_administrator'])
})

afterAll(() => service.close())

const event = tokenExpiringEvent(
  { id: 'cr_1', name: 'Main' },
  { code: 'token_expiring', data: { credential: 'Main', expires: '2026-12-01', detail: 'x' } },
  new Date(0),
)

let nth = 0

/** An alert of a key with full access, and what is done to the key. */
async function alertOfKey(url = 'https://hooks.example.com/x') {
  const { db } = service.platform.store
  const owner = await service.as(['datagrid_operator'])
  const body = { name: `Alert ${(nth += 1)}`, events: ['token_expiring'], target: { url } }
  const { alert } = await owner.ok<{ alert: { id: string } }>('POST', '/alerts', body)
  const { owner: of } = await db
    .selectFrom('alert')
    .select('owner')
    .where('id', '=', alert.id)
    .executeTakeFirstOrThrow()
  const change = (values: { policies?: string[]; revoked_at?: Date | null; expires_at?: Date }) =>
    db
      .updateTable('api_key')
      .set(values)
      .where('id', '=', of?.id ?? '')
      .execute()
  return { owner, id: alert.id, change }
}

const ended = expect.stringContaining('its owner no longer has access') as string

test.each<[string, Parameters<Awaited<ReturnType<typeof alertOfKey>>['change']>[0], string | null, boolean]>([
  ['unchanged', { revoked_at: null }, null, true],
  ['not over yet', { expires_at: new Date(Date.now() + 86_400_000) }, null, true],
  ['narrowed', { policies: ['marketer'] }, null, false],
  ['revoked', { revoked_at: new Date(0) }, ended, false],
  ['over', { expires_at: new Date(1) }, ended, false],
  ['without any right', { policies: [] }, ended, false],
])('an alert of a key whose access is %s', async (_, values, lastProblem, isTold) => {
  const { id, change } = await alertOfKey()
  await change(values)
  expect(await presentEvent(service.platform.store.db, id, event)).toEqual(isTold ? event : null)
  expect(await admin.ok('GET', `/alerts/${id}`)).toMatchObject({ lastProblem })
})

test.each([
  ['present', null],
  ['disabled', disableUser],
  ['deleted', deleteUser],
])('an alert of a person who is %s', async (what, act) => {
  const { db } = service.platform.store
  const access = { ...service.platform, actor: localActor }
  const { id } = await alertOfKey()
  const user = await createUser(access, {
    email: `${what}@example.com`,
    name: what,
    policies: ['datagrid_operator'],
    options: [],
    password: null,
  })
  const owner = JSON.stringify({ kind: 'user', id: user.id, name: what })
  await db.updateTable('alert').set({ owner }).where('id', '=', id).execute()
  await act?.(access, user.id)
  expect(await presentEvent(db, id, event)).toEqual(act === null ? event : null)
  expect(await admin.ok('GET', `/alerts/${id}`)).toMatchObject({ lastProblem: act === null ? null : ended })
})

test('a worker delivers nothing for an owner whose access has ended', async () => {
  const { db } = service.platform.store
  const { url, posts } = await startReceiver((response) => response.end())
  const { id, change } = await alertOfKey(url)
  await change({ revoked_at: new Date(0) })
  await service.startWorker()
  await service.queue.sendAlert(db, { alertId: id, event })
  await expect
    .poll(() => admin.ok('GET', `/alerts/${id}`), { interval: 50 })
    .toMatchObject({ lastProblem: ended, lastSentAt: null })
  expect(posts).toEqual([])
})

test.each([
  ['narrower', ['marketer']],
  ['one to read with alone', ['analyst_read_only']],
])(
  'its owner, whose access is %s now, switches it off and deletes it; no one else does',
  async (_, policies) => {
    const { db } = service.platform.store
    const { owner, id, change } = await alertOfKey()
    await db
      .updateTable('alert')
      .set({ last_sent_at: new Date(0), last_problem: 'x' })
      .where('id', '=', id)
      .execute()
    await change({ policies })
    const other = await service.as(['marketer'])
    const path = `/alerts/${id}`
    expect(await owner.ok('GET', path)).toMatchObject({
      lastProblem: 'x',
      editRefused: expect.any(String) as string,
    })
    // When a hidden run was told of, and how that went, would tell of the run.
    const hidden = { lastSentAt: null, lastProblem: null }
    expect(await other.ok('GET', path)).toMatchObject(hidden)
    const { items } = await other.ok<{ items: { id: string }[] }>('GET', '/alerts')
    expect(items.find((one) => one.id === id)).toMatchObject(hidden)
    for (const edit of [
      { enabled: false, name: 'Ours' },
      { enabled: true },
      { enabled: false, takeOver: true },
    ])
      expect(await owner.fails('PATCH', path, { version: 1, ...edit })).toBe('access_denied')
    expect(await other.fails('PATCH', path, { version: 1, enabled: false })).toBe('access_denied')
    await owner.ok('PATCH', path, { version: 1, enabled: false })
    // Its last edit narrowed it.
    await db.updateTable('alert').set({ reach: null }).where('id', '=', id).execute()
    expect(await other.fails('DELETE', path)).toBe('access_denied')
    await owner.ok('DELETE', path)
  },
)
