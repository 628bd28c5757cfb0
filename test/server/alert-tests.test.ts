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
