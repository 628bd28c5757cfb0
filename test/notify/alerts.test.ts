import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { createSealer } from '../../src/access/seal.ts'
import { defaultLimits } from '../../src/base/limits.ts'
import { allWorkspaces, PRODUCTION } from '../../src/store/workspace.ts'
import { claimSlow, findSlow, tokenExpiringEvent, workflowEvents } from '../../src/notify/alert-events.ts'
import type { AlertInput } from '../../src/objects/alert.ts'
import {
  alertsFor,
  createAlert,
  deleteAlert,
  getAlert,
  listAlerts,
  updateAlert,
} from '../../src/notify/alerts.ts'
import { alertMessage } from '../../src/notify/alert-message.ts'
import { keepSettled, settledRecipients, sweepAlertRecipients } from '../../src/notify/alert-recipients.ts'
import { deliver } from '../../src/notify/deliver-alert.ts'
import { smtpSettings } from '../../src/notify/alert-senders.ts'
import { webhookHosts } from '../../src/notify/webhook-hosts.ts'
import { addKind, shownKind } from '../../src/workflow/kind.ts'
import { noteWorkflow } from '../../src/workflow/workflow-card.ts'
import { isSigned, startMail, startReceiver } from './receivers.ts'
import {
  addWorkflow,
  configure,
  end,
  largeRemoval,
  rerun,
  sharedDatabase,
  untilSomebodyWaits,
} from '../workflow/support.ts'

const shared = sharedDatabase()
const sealer = createSealer(randomBytes(32))
const owner = { kind: 'user', id: 'us_1', name: 'Ann' } as const
const context = { sealer, limits: defaultLimits, reach: null, owner, hosts: webhookHosts('127.0.0.1') }

const byEmail: AlertInput = {
  name: 'Ops',
  events: ['workflow_failed', 'needs_person'],
  target: { to: ['ann@example.com', 'bob@example.org'] },
  slowerThanMs: null,
  enabled: true,
}
const byWebhook: AlertInput = { ...byEmail, name: 'Hook', target: { url: 'https://hooks.example.com/x' } }

describe('rules', () => {
  test('an alert is made, read, changed and deleted', async () => {
    const { db } = shared
    const { alert, secret } = await createAlert(db, context, { ...byEmail, name: '  Ops ' })
    expect(secret).toBeNull()
    expect(alert).toMatchObject({ name: 'Ops', channel: 'email', target: byEmail.target, version: 1 })
    expect(await getAlert(db, alert.id)).toEqual(alert)
    const changed = await updateAlert(db, context, alert.id, {
      version: 1,
      events: ['slower_than', 'slower_than'],
      slowerThanMs: 1_800_000,
    })
    expect(changed.alert).toMatchObject({ events: ['slower_than'], slowerThanMs: 1_800_000, version: 2 })
    expect(changed.alert.target).toEqual(byEmail.target)
    await deleteAlert(db, context, alert.id)
    await expect(getAlert(db, alert.id)).rejects.toMatchObject({ code: 'not_found' })
    await expect(deleteAlert(db, context, alert.id)).rejects.toMatchObject({ code: 'not_found' })
    const gone = updateAlert(db, context, alert.id, { version: 2 })
    await expect(gone).rejects.toMatchObject({ code: 'not_found' })
  })

  test('of two who save at once, the second is told and overwrites nothing', async () => {
    const { db } = shared
    const { alert } = await createAlert(db, context, byEmail)
    const second = await db.transaction().execute(async (tx) => {
      await updateAlert(tx, context, alert.id, { version: 1, name: 'One' })
      const late = updateAlert(db, context, alert.id, { version: 1, name: 'Two' })
      const refused = late.catch((error: unknown) => error)
      await untilSomebodyWaits(db)
      return { refused }
    })
    expect(await second.refused).toMatchObject({ code: 'changed_meanwhile' })
    const next = updateAlert(db, context, alert.id, { version: 1, name: 'Three' })
    await expect(next).rejects.toMatchObject({ code: 'changed_meanwhile' })
    expect(await getAlert(db, alert.id)).toMatchObject({ name: 'One', version: 2 })
  })

  test('a name is taken once', async () => {
    const { db } = shared
    await createAlert(db, context, byEmail)
    await expect(createAlert(db, context, byEmail)).rejects.toMatchObject({ code: 'name_taken' })
    const { alert } = await createAlert(db, context, byWebhook)
    const renamed = updateAlert(db, context, alert.id, { version: 1, name: 'Ops' })
    await expect(renamed).rejects.toMatchObject({ code: 'name_taken' })
  })

  test('pages are in order of names', async () => {
    const { db } = shared
    for (const name of ['b', 'c', 'a', 'd_']) await createAlert(db, context, { ...byEmail, name })
    const first = await listAlerts(db, { limit: 3, cursor: null, search: null })
    expect(first).toMatchObject({ items: [{ name: 'a' }, { name: 'b' }, { name: 'c' }], nextCursor: 'c' })
    const second = await listAlerts(db, { limit: 3, cursor: first.nextCursor, search: null })
    expect(second).toMatchObject({ items: [{ name: 'd_' }], nextCursor: null })
    expect((await listAlerts(db, { limit: 3, cursor: null, search: '_' })).items).toHaveLength(1)
    expect((await listAlerts(db, { limit: 3, cursor: null, search: 'd\0' })).items).toHaveLength(1)
  })

  test.each<[string, Partial<AlertInput>, RegExp]>([
    ['an empty name', { name: ' ' }, /name is empty/],
    ['a name of two lines', { name: 'a\nb' }, /control character/],
    ['a name with half a character', { name: 'a\ud800' }, /control character/],
    ['a long name', { name: 'x'.repeat(256) }, /256 characters/],
    ['no event', { events: [] }, /events is empty/],
    ['an unknown event', { events: ['workflow_faild'] }, /Did you mean "workflow_failed"/],
    ['a quite unknown event', { events: ['x'] }, /Events are workflow_failed,/],
    ['no recipient', { target: { to: [] } }, /to is empty/],
    [
      'too many recipients',
      { target: { to: Array.from({ length: 21 }, (_, index) => `a${index}@example.com`) } },
      /21 recipients/,
    ],
    ['a recipient without domain', { target: { to: ['ann@example.com', 'bob'] } }, /recipient 2/],
    [
      'a recipient of two lines',
      { target: { to: ['ann@example.com\r\nBcc: b@example.com'] } },
      /recipient 1/,
    ],
    ['two recipients in one', { target: { to: ['ann@example.com,bob@example.com'] } }, /recipient 1/],
    ['a recipient with a name', { target: { to: ['Ann <ann@example.com>'] } }, /recipient 1/],
    [
      'an address of another kind',
      { target: { url: 'ftp://example.com' } },
      /takes an https or http address/,
    ],
    ['no address', { target: { url: 'example.com' } }, /takes an https or http address/],
    ['an address too long', { target: { url: `https://example.com/${'x'.repeat(2000)}` } }, /2000/],
    ['an address with a password', { target: { url: 'https://u:p@example.com' } }, /user or password/],
    [
      'an address of this machine',
      { target: { url: 'http://[::1]:8080/x' } },
      /private network.*ROLLCALL_WEBHOOK_HOSTS/,
    ],
    ['a private address', { target: { url: 'https://10.0.0.1/x' } }, /private network/],
    ['a name of a private network', { target: { url: 'https://printer.local/x' } }, /private network/],
    ['a short secret', { target: { url: 'https://example.com', secret: 'short' } }, /16 to 200/],
    ['a time for no event', { slowerThanMs: 5000 }, /only for the event slower_than/],
    ['no time for slow runs', { events: ['slower_than'] }, /slowerThanMs is missing/],
    ['a time below a second', { events: ['slower_than'], slowerThanMs: 999 }, /whole number from 1000/],
    ['half a time', { events: ['slower_than'], slowerThanMs: 1000.5 }, /whole number/],
  ])('%s is refused', async (_case, changes, words) => {
    const made = createAlert(shared.db, context, { ...byEmail, ...changes })
    await expect(made).rejects.toMatchObject({
      code: 'request_invalid',
      message: expect.stringMatching(words) as string,
    })
  })

  test('a webhook that was saved when its host was listed can be edited, but not saved anew', async () => {
    const listed = { ...context, hosts: webhookHosts('10.0.0.0/8') }
    const target = { url: 'https://10.0.0.1/x' }
    const { alert } = await createAlert(shared.db, listed, { ...byWebhook, target })
    await updateAlert(shared.db, context, alert.id, { version: 1, name: 'Off', enabled: false })
    const again = updateAlert(shared.db, context, alert.id, { version: 2, target })
    await expect(again).rejects.toMatchObject({ code: 'request_invalid' })
  })

  test('repeats and spaces around recipients are taken out', async () => {
    const to = [' ann@example.com', 'ANN@example.com', 'bob@example.com ']
    const { alert } = await createAlert(shared.db, context, { ...byEmail, target: { to } })
    expect(alert.target).toEqual({ to: ['ann@example.com', 'bob@example.com'] })
  })

  test('a webhook has a secret, shown once and sealed', async () => {
    const { db } = shared
    const { alert, secret } = await createAlert(db, context, byWebhook)
    expect(secret).toMatch(/^whsec_[\w-]{43}$/)
    const row = await db.selectFrom('alert').selectAll().executeTakeFirstOrThrow()
    expect(JSON.stringify([row, alert, await getAlert(db, alert.id)])).not.toContain(secret)
    expect(sealer.open(row.sealed ?? '', { table: 'alert', id: alert.id })).toBe(secret)
    // Another address keeps it, a secret of one's own replaces it, and an e-mail alert has none.
    const moved = await updateAlert(db, context, alert.id, {
      version: 1,
      target: { url: 'http://127.0.0.1:9/y#part' },
    })
    expect(moved).toMatchObject({ secret: null, alert: { target: { url: 'http://127.0.0.1:9/y' } } })
    const own = { url: 'https://hooks.example.com/x', secret: 'a secret'.replace(' ', '-').repeat(3) }
    const given = await updateAlert(db, context, alert.id, { version: 2, target: own })
    expect(given.secret).toBe(own.secret)
    expect(JSON.stringify(given.alert)).not.toContain(own.secret)
    await updateAlert(db, context, alert.id, { version: 3, target: { to: ['ann@example.com'] } })
    const after = await db.selectFrom('alert').selectAll().executeTakeFirstOrThrow()
    expect(after).toMatchObject({ channel: 'email', sealed: null })
    const back = await updateAlert(db, context, alert.id, { version: 4, target: { url: own.url } })
    expect(back.secret).toMatch(/^whsec_/)
    expect(back.secret).not.toBe(secret)
  })
})

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
    const found = await findSlow(shared.db, later(minutes))
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
    const [slow] = await findSlow(db, later(11))
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

  test('a claim that is rolled back is none', async () => {
    const { db } = shared
    await slowAlert('a', 10)
    await noteWorkflow(db, await addWorkflow(db, null))
    const [slow] = await findSlow(db, later(11))
    if (slow === undefined) throw new Error('nothing is slow')
    const rolledBack = db.transaction().execute(async (tx) => {
      await claimSlow(tx, slow)
      throw new Error('the queue is away')
    })
    await expect(rolledBack).rejects.toThrow('the queue is away')
    expect(await findSlow(db, later(11))).toHaveLength(1)
  })

  test('a rerun has its own time, and is told again', async () => {
    const { db } = shared
    const alert = await slowAlert('a', 10)
    const workflow = await addWorkflow(db, null)
    await noteWorkflow(db, workflow)
    const [first] = await findSlow(db, later(11))
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
    const [second] = await findSlow(db, later(11))
    expect(second?.event.id).not.toBe(first.event.id)
  })
})

/** A workflow that failed. */
async function failed(destination = 'Pinterest'): Promise<string> {
  const { db } = shared
  const workflow = await addWorkflow(db, await configure(db, {}, { orchestration: destination, destination }))
  await end(db, workflow, 'failed', 'authorization_error', { detail: 'revoked', credential: 'Main' })
  await noteWorkflow(db, workflow)
  return workflow
}

/** A mail server with these answers to recipients, by the first letter of their names. */
async function mailServer(answers: Record<string, number>) {
  const { port, mails } = await startMail({
    onRcptTo: ({ address }, _session, callback) => {
      const responseCode = answers[address.slice(0, 1)] ?? 0
      callback(responseCode === 0 ? null : Object.assign(new Error(`not ${address}`), { responseCode }))
    },
  })
  return { mails, smtp: smtpSettings(`smtp://127.0.0.1:${port}`, 'alerts@example.com') }
}

describe('delivery', () => {
  const settings = {
    smtp: null,
    webhooks: { hosts: webhookHosts('127.0.0.1'), env: {} },
    publicUrl: 'https://rollcall.example.com/',
    timeoutMs: 10_000,
  }

  test('by webhook: signed, recorded, and with the same id when it comes twice', async () => {
    const { db } = shared
    const { url, posts } = await startReceiver((response) => response.end())
    const { alert, secret } = await createAlert(db, context, { ...byWebhook, target: { url } })
    const workflow = await failed()
    const [event] = await workflowEvents(db, workflow)
    if (event === undefined) throw new Error('no event')
    await deliver(db, sealer, settings, alert.id, event)
    await deliver(db, sealer, settings, alert.id, event)
    expect(posts.map((post) => isSigned(secret ?? '', post))).toEqual([true, true])
    expect(new Set(posts.map(({ headers }) => headers['rollcall-delivery']))).toEqual(new Set([event.id]))
    expect(JSON.parse(posts[0]?.body ?? '')).toMatchObject({
      id: event.id,
      event: 'workflow_failed',
      workflow: { id: workflow, state: 'failed' },
      error: { code: 'authorization_error' },
      url: `https://rollcall.example.com/workflows/${workflow}`,
    })
    expect(await getAlert(db, alert.id)).toMatchObject({
      lastProblem: null,
      lastSentAt: expect.stringMatching(/Z$/) as string,
      version: 1,
    })
  })

  test('that fails is recorded and thrown, and recovers', async () => {
    const { db } = shared
    const { url } = await startReceiver((response, nth) => response.writeHead(nth === 0 ? 500 : 200).end())
    const { alert } = await createAlert(db, context, { ...byWebhook, target: { url } })
    const [event] = await workflowEvents(db, await failed())
    if (event === undefined) throw new Error('no event')
    const first = deliver(db, sealer, settings, alert.id, event)
    await expect(first).rejects.toMatchObject({ code: 'alert_not_delivered', passing: true })
    expect(await getAlert(db, alert.id)).toMatchObject({
      lastProblem: 'Alert not delivered: the receiver answered with status 500',
      lastSentAt: null,
    })
    await deliver(db, sealer, settings, alert.id, event)
    expect((await getAlert(db, alert.id)).lastProblem).toBeNull()
  })

  test('by e-mail, to all who can be reached', async () => {
    const { db } = shared
    const { port, mails } = await startMail({
      onRcptTo: ({ address }, _session, callback) =>
        callback(address.startsWith('bob') ? new Error('no such mailbox') : null),
    })
    const { alert } = await createAlert(db, context, byEmail)
    const [event] = await workflowEvents(db, await failed())
    if (event === undefined) throw new Error('no event')
    const without = deliver(db, sealer, settings, alert.id, event)
    await expect(without).rejects.toThrow('no mail server is set')
    const smtp = smtpSettings(`smtp://127.0.0.1:${port}`, 'alerts@example.com')
    await deliver(db, sealer, { ...settings, smtp }, alert.id, event)
    expect(mails).toHaveLength(1)
    expect(mails[0]?.raw).toMatch(/^Subject: .*Failed/m)
    const { lastProblem, lastSentAt } = await getAlert(db, alert.id)
    expect(lastProblem).toBe('the mail server refused recipient 2 of 2 (550); the others received it')
    expect(lastSentAt).not.toBeNull()
  })

  test('goes again to those alone whom the mail server refused for now', async () => {
    const { db } = shared
    const to = ['ann@example.com', 'bob@example.org', 'cleo@example.com', 'dan@example.com']
    const answers: Record<string, number> = { b: 450, c: 550, d: 451 }
    const { mails, smtp } = await mailServer(answers)
    const { alert } = await createAlert(db, context, { ...byEmail, target: { to } })
    const [event] = await workflowEvents(db, await failed())
    if (event === undefined) throw new Error('no event')
    const again = () => deliver(db, sealer, { ...settings, smtp }, alert.id, event)
    await expect(again()).rejects.toMatchObject({ code: 'alert_not_delivered', passing: true })
    expect(await getAlert(db, alert.id)).toMatchObject({
      lastProblem:
        'the mail server refused recipient 3 of 4 (550); recipients 2, 4 of 4 for now (450, 451); the others received it',
      lastSentAt: expect.any(String) as string,
    })
    answers['b'] = 0
    await expect(again()).rejects.toMatchObject({ passing: true })
    answers['d'] = 554
    await again()
    await again()
    expect(mails.map((mail) => mail.to)).toEqual([['ann@example.com'], ['bob@example.org']])
    const { lastProblem } = await getAlert(db, alert.id)
    expect(lastProblem).toBe(
      'the mail server refused recipients 3, 4 of 4 (550, 554); the others received it',
    )
  })

  test('of another event goes to all again', async () => {
    const { db } = shared
    const answers: Record<string, number> = { b: 450 }
    const { mails, smtp } = await mailServer(answers)
    const { alert } = await createAlert(db, context, byEmail)
    const deliverNext = async (destination: string): Promise<void> => {
      const [event] = await workflowEvents(db, await failed(destination))
      if (event === undefined) throw new Error('no event')
      await deliver(db, sealer, { ...settings, smtp }, alert.id, event)
    }
    await expect(deliverNext('Pinterest')).rejects.toMatchObject({ passing: true })
    answers['b'] = 0
    await deliverNext('Another')
    expect(mails.map((mail) => mail.to.length)).toEqual([1, 2])
  })

  test('that every recipient refuses for good fails for good; what is kept of recipients goes after a week', async () => {
    const { db } = shared
    const { mails, smtp } = await mailServer({ a: 550, b: 553 })
    const { alert } = await createAlert(db, context, byEmail)
    const [event] = await workflowEvents(db, await failed())
    if (event === undefined) throw new Error('no event')
    const work = deliver(db, sealer, { ...settings, smtp }, alert.id, event)
    await expect(work).rejects.toMatchObject({
      passing: false,
      message: 'Alert not delivered: the mail server refused every recipient (550, 553)',
    })
    expect(mails).toEqual([])
    const message = { alertId: alert.id, eventId: event.id }
    await keepSettled(db, message, [{ recipient: 'ann@example.com', refusedWith: null }])
    await sweepAlertRecipients(db)
    expect(await settledRecipients(db, message)).toHaveLength(1)
    await sql`update alert_recipient set created_at = now() - interval '8 days'`.execute(db)
    await sweepAlertRecipients(db)
    expect(await settledRecipients(db, message)).toEqual([])
  })

  test('says times by the clocks of the schedule', async () => {
    const { db } = shared
    const { mails, smtp } = await mailServer({})
    const { alert } = await createAlert(db, context, byEmail)
    const workflow = await failed()
    await allWorkspaces(db).updateTable('orchestration').set({ time_zone: 'Asia/Tokyo' }).execute()
    await db
      .updateTable('workflow')
      .set({ started_at: new Date('2026-11-24T20:00:07.123Z') })
      .execute()
    await sql`update notification set data = data - 'since'`.execute(db)
    const [event] = await workflowEvents(db, workflow)
    if (event === undefined) throw new Error('no event')
    await deliver(db, sealer, { ...settings, smtp }, alert.id, event)
    const text = mails[0]?.raw.replaceAll('=\r\n', '')
    expect(text).toContain('Started: Wed, Nov 25, 2026, 05:00 Asia/Tokyo by')
  })

  test('to an alert that is gone or off meanwhile is none', async () => {
    const { db } = shared
    const { url, posts } = await startReceiver((response) => response.end())
    const { alert } = await createAlert(db, context, { ...byWebhook, target: { url } })
    const [event] = await workflowEvents(db, await failed())
    if (event === undefined) throw new Error('no event')
    await updateAlert(db, context, alert.id, { version: 1, enabled: false })
    await deliver(db, sealer, settings, alert.id, event)
    await deleteAlert(db, context, alert.id)
    await deliver(db, sealer, settings, alert.id, event)
    expect(posts).toEqual([])
  })

  test('with another key sends nothing', async () => {
    const { db } = shared
    const { url, posts } = await startReceiver((response) => response.end())
    const { alert } = await createAlert(db, context, { ...byWebhook, target: { url } })
    const [event] = await workflowEvents(db, await failed())
    if (event === undefined) throw new Error('no event')
    const work = deliver(db, createSealer(randomBytes(32)), settings, alert.id, event)
    await expect(work).rejects.toMatchObject({ code: 'secret_key_wrong' })
    expect(posts).toEqual([])
  })
})
