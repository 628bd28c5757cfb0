import { describe, expect, test } from 'vitest'
import type { AlertInput } from '../../src/objects/alert.ts'
import { createAlert, deleteAlert, getAlert, listAlerts, updateAlert } from '../../src/notify/alerts.ts'
import { webhookHosts } from '../../src/notify/webhook-hosts.ts'
import { sharedDatabase, untilSomebodyWaits } from '../workflow/support.ts'
import { byEmail, byWebhook, context, sealer } from './alert-context.ts'

const shared = sharedDatabase()

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
