import { describe, expect, onTestFinished, test } from 'vitest'
import { smtpSettings } from '../../src/notify/alert-senders.ts'
import { startMail, startReceiver } from '../notify/receivers.ts'
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
    expect(mails[0]?.raw).toContain('This is a test alert. Nothing has happened.')
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
      'alert "Tell us" covers more than your access includes. Ask a user with full access to edit or delete it.'
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
    await marketer.ok('PATCH', path, { version: 3, enabled: true })
    await analyst.ok('DELETE', path)
    expect(await marketer.fails('GET', path)).toBe('not_found')
  })
})

describe('an alert has an owner', () => {
  test('whose reach it keeps when others edit it, until one of them takes it over', async () => {
    const service = await openService()
    onTestFinished(service.close)
    const [operator, analyst] = [await service.as(['datagrid_operator']), await service.as(['analyst'])]
    const path = `/alerts/${await add(analyst, { url: URL_OF_CHAT })}`
    const tells = async () => {
      const rows = await service.platform.store.db.selectFrom('alert').select('reach').execute()
      return rows.map(({ reach }) => reach)
    }
    const [ofAnalyst] = await tells()
    expect(ofAnalyst).not.toBeNull()
    await operator.ok('PATCH', path, { version: 1, name: 'Edited', enabled: false })
    expect(await tells()).toEqual([ofAnalyst])
    expect(await analyst.ok('GET', path)).toMatchObject({ editRefused: null, owner: { isYou: true } })
    expect(await operator.ok('GET', path)).toMatchObject({ owner: { isYou: false } })
    await operator.ok('PATCH', path, { version: 2, takeOver: true })
    expect(await tells()).toEqual([null])
    expect(await operator.ok('GET', path)).toMatchObject({ name: 'Edited', owner: { isYou: true } })
    expect(await analyst.fails('PATCH', path, { version: 3, takeOver: true })).toBe('access_denied')
  })

  test('who sends tests to it, as do those who could have written where it goes, and no others', async () => {
    const { port, mails } = await startMail()
    const smtp = smtpSettings(`smtp://127.0.0.1:${port}`, 'alerts@example.com')
    const service = await openService({ smtp })
    onTestFinished(service.close)
    const [operator, marketer] = [await service.as(['datagrid_operator']), await service.as(['marketer'])]
    const path = `/alerts/${await add(operator, { to: ['team@example.com'] })}`
    expect(await marketer.fails('POST', `${path}/test`)).toBe('access_denied')
    expect(mails).toEqual([])
    await (await service.as(['datagrid_administrator'])).ok('POST', `${path}/test`)
    await operator.ok('POST', `${path}/test`)
    expect(mails).toHaveLength(2)
    // Also one whose access has become narrower since.
    await service.platform.store.db
      .updateTable('api_key')
      .set({ policies: ['marketer'] })
      .execute()
    expect(await operator.ok('GET', path)).toMatchObject({ editRefused: expect.any(String) as string })
    await operator.ok('POST', `${path}/test`)
    expect(mails).toHaveLength(3)
  })

  test('and people who may not view personal data see the addresses of their own alerts alone', async () => {
    const service = await openService()
    onTestFinished(service.close)
    const [first, second] = [
      await service.as(['marketer'], ['allow_limited_pii_access']),
      await service.as(['marketer'], ['allow_limited_pii_access']),
    ]
    const to = ['team@example.com', 'lead@example.org']
    const path = `/alerts/${await add(first, { to })}`
    expect(await first.ok('GET', path)).toMatchObject({ target: { to } })
    expect(await (await service.as(['marketer_read_only'])).ok('GET', path)).toMatchObject({ target: { to } })
    const masked = { to: ['t•••••@e••••.com', 'l•••••@e••••.org'] }
    expect(await second.ok('GET', path)).toMatchObject({ target: masked, editRefused: null })
    expect(await second.ok('GET', '/alerts')).toMatchObject({ items: [{ target: masked }] })
    // What stands for an address is never saved as one, and an edit of something else keeps them.
    expect(await second.fails('PATCH', path, { version: 1, target: masked })).toBe('request_invalid')
    await second.ok('PATCH', path, { version: 1, name: 'Edited' })
    expect(await first.ok('GET', path)).toMatchObject({ name: 'Edited', target: { to } })
  })
})

test('a person sends so many tests in an hour, to whichever alerts and however many at once', async () => {
  const { url, posts } = await startReceiver((response) => response.end())
  const service = await openService({ limits: { alertTestsPerHourMax: 3 } })
  onTestFinished(service.close)
  const [one, other] = [await service.as(['datagrid_operator']), await service.as(['datagrid_operator'])]
  const first = `/alerts/${await add(one, { url })}/test`
  const { alert } = await one.ok<{ alert: Seen }>('POST', '/alerts', {
    name: 'Another',
    events: ['workflow_failed'],
    target: { url },
  })
  const paths = Array.from({ length: 12 }, () => [first, `/alerts/${alert.id}/test`]).flat()
  const answers = await Promise.all(paths.map((path) => one.request('POST', path)))
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(3)
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(paths.length - 3)
  const { body } = await one.request('POST', first)
  expect(body).toMatchObject({
    error: { code: 'too_many_tests', message: expect.stringMatching(/in (59|60) minutes\.$/) as string },
  })
  await other.ok('POST', first)
  expect(posts).toHaveLength(4)
})

/** With a secret in each of its parts. */
const URL_OF_CHAT = 'https://chat.example.com:8443/hooks/T1/the-secret-part?key=sesame'
const HOST = { url: 'https://chat.example.com:8443/•••' }
