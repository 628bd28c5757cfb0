import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { createSealer } from '../../src/access/seal.ts'
import { allWorkspaces } from '../../src/store/workspace.ts'
import { workflowEvents } from '../../src/notify/alert-events.ts'
import { createAlert, deleteAlert, getAlert, updateAlert } from '../../src/notify/alerts.ts'
import { keepSettled, settledRecipients, sweepAlertRecipients } from '../../src/notify/alert-recipients.ts'
import { deliver } from '../../src/notify/deliver-alert.ts'
import { smtpSettings } from '../../src/notify/alert-senders.ts'
import { webhookHosts } from '../../src/notify/webhook-hosts.ts'
import { noteWorkflow } from '../../src/workflow/workflow-card.ts'
import { isSigned, startMail, startReceiver } from './receivers.ts'
import { addWorkflow, configure, end, sharedDatabase } from '../workflow/support.ts'
import { byEmail, byWebhook, context, sealer } from './alert-context.ts'

const shared = sharedDatabase()

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
