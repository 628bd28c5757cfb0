import { describe, expect, onTestFinished, test } from 'vitest'
import { smtpSettings } from '../../src/workflow/alert-senders.ts'
import { startMail } from '../workflow/receivers.ts'
import { openService } from './support.ts'
import type { Client } from './support.ts'

/** Whether an alert can be sent at all, and what happens when a person sends a test to it. */

interface Seen {
  readonly id: string
  readonly enabled: boolean
  readonly ready: boolean
  readonly lastSentAt: string | null
  readonly lastProblem: string | null
}

async function operatorOf(options: Parameters<typeof openService>[0] = {}): Promise<Client> {
  const service = await openService(options)
  onTestFinished(service.close)
  return service.as(['datagrid_administrator'])
}

async function add(client: Client, target: object, enabled = true): Promise<string> {
  const body = { name: 'Tell us', events: ['workflow_failed'], target, enabled }
  return (await client.ok<{ alert: Seen }>('POST', '/alerts', body)).alert.id
}

describe('an alert by e-mail', () => {
  test('is not ready without a mail server, and a test says so', async () => {
    const client = await operatorOf()
    const id = await add(client, { to: ['team@example.com'] })
    expect(await client.ok('GET', `/alerts/${id}`)).toMatchObject({ enabled: true, ready: false })
    expect(await client.ok('GET', '/alerts')).toMatchObject({ items: [{ id, ready: false }] })
    expect(await client.ok('POST', `/alerts/${id}/test`)).toMatchObject({
      delivered: false,
      text: expect.stringContaining('no mail server is set') as string,
    })
    expect(await client.ok<Seen>('GET', `/alerts/${id}`)).toMatchObject({ lastSentAt: null })
  })

  test('is ready with one, and a test arrives also while it is switched off', async () => {
    const { port, mails } = await startMail()
    const smtp = smtpSettings(`smtp://127.0.0.1:${port}`, 'alerts@example.com')
    const client = await operatorOf({ smtp })
    const id = await add(client, { to: ['team@example.com', 'lead@example.com'] }, false)
    expect(await client.ok('GET', `/alerts/${id}`)).toMatchObject({ enabled: false, ready: true })
    expect(await client.ok('POST', `/alerts/${id}/test`)).toEqual({
      delivered: true,
      text: 'The mail server accepted it for 2 recipients.',
    })
    expect(mails).toHaveLength(1)
    expect(mails[0]?.raw).toContain('This is a test of an alert. Nothing has happened.')
    expect((await client.ok<Seen>('GET', `/alerts/${id}`)).lastSentAt).not.toBeNull()
  })
})

test('of one that is not there nothing is sent', async () => {
  const client = await operatorOf()
  expect(await client.fails('POST', '/alerts/al_none/test')).toBe('not_found')
})

describe('people whose access is narrower than what an alert tells of', () => {
  const narrower = [
    ['a marketer without personal data', ['marketer'], ['restrict_pii_access']],
    ['a marketer', ['marketer'], []],
    ['an analyst, who is no operator,', ['analyst'], []],
    ['an analyst with limited access', ['analyst'], ['allow_limited_pii_access']],
  ] as const

  test('neither edit nor delete it, which would take from it what they may not see', async () => {
    const service = await openService()
    onTestFinished(service.close)
    const operator = await service.as(['datagrid_operator'])
    const path = `/alerts/${await add(operator, { url: URL_OF_CHAT })}`
    const before = await operator.ok('GET', path)
    const refused =
      'alert "Tell us" tells of things that your access does not include. Ask a person with full access to edit or delete it.'
    for (const [who, policies, options] of narrower) {
      const client = await service.as(policies, options)
      for (const edit of [
        { name: 'Ours' },
        { enabled: false },
        { target: { url: 'https://else.example.com' } },
        {},
      ])
        expect(await client.request('PATCH', path, { version: 1, ...edit }), who).toMatchObject({
          status: 403,
          body: { error: { code: 'access_denied', message: `Access denied: ${refused}` } },
        })
      expect(await client.fails('DELETE', path), who).toBe('access_denied')
      expect(await client.ok('GET', path), who).toMatchObject({ editRefused: refused, target: HOST })
      expect(await client.ok('GET', '/alerts'), who).toMatchObject({ items: [{ target: HOST }] })
    }
    expect(await operator.ok('GET', path)).toEqual(before)
    expect(before).toMatchObject({ editRefused: null, target: { url: URL_OF_CHAT } })
    const reader = await service.as(['datagrid_operator_read_only'])
    expect(await reader.ok('GET', path)).toMatchObject({ editRefused: null, target: HOST })
    // Their equals do both, also to one whose reach is of the time before it was kept.
    await service.platform.store.db.updateTable('alert').set({ reach: null }).execute()
    const admin = await service.as(['datagrid_administrator'])
    await admin.ok('PATCH', path, { version: 1, name: 'Tell all' })
    await operator.ok('DELETE', path)
  })

  test('do both with one that tells of nothing else', async () => {
    const service = await openService()
    onTestFinished(service.close)
    const [marketer, analyst] = [
      await service.as(['marketer'], ['restrict_pii_access']),
      await service.as(['analyst']),
    ]
    const path = `/alerts/${await add(marketer, { url: URL_OF_CHAT })}`
    await marketer.ok('PATCH', path, { version: 1, name: 'Ours' })
    await analyst.ok('PATCH', path, { version: 2, enabled: false })
    expect(await marketer.fails('DELETE', path)).toBe('access_denied')
    await analyst.ok('DELETE', path)
  })
})

/** With a secret in each of its parts. */
const URL_OF_CHAT = 'https://chat.example.com:8443/hooks/T1/the-secret-part?key=sesame'
const HOST = { url: 'https://chat.example.com:8443/•••' }
