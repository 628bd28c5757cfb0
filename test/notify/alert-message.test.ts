import { createHmac } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { errorCatalogue } from '../../src/base/catalogue.ts'
import type { ErrorCode } from '../../src/base/catalogue.ts'
import type { AlertEvent } from '../../src/notify/alert-event.ts'
import { tokenExpiringEvent } from '../../src/notify/alert-events.ts'
import { allAlertTopics } from '../../src/notify/alert-topics.ts'
import { factsOf } from '../../src/destinations/customer-list/reading/facts.ts'
import { alertMessage, signWebhook, webhookBody } from '../../src/notify/alert-message.ts'

const BASE = 'https://rollcall.example.com'

const counts = { rows: 200_000, invalid: 5, members: 184_203, added: 1203, removed: 396 }

const failed: AlertEvent = {
  id: 'workflow_failed.wf_1.1764000000000',
  kind: 'workflow_failed',
  at: '2026-11-24T08:04:47.000Z',
  title: 'Loyal customers → Pinterest EU',
  workflow: {
    id: 'wf_1',
    state: 'failed',
    startedBy: { kind: 'schedule', id: null, name: 'schedule' },
    startedAt: '2026-11-24T08:00:00.000Z',
    endedAt: '2026-11-24T08:04:47.000Z',
  },
  orchestration: { id: 'or_1', name: 'Loyal customers' },
  destination: { id: 'ds_1', name: 'Pinterest EU' },
  query: { id: 'qy_1', name: 'Loyal 180 days' },
  credential: { id: 'cr_1', name: 'Main' },
  problem: { code: 'authorization_error', data: { detail: 'Pinterest refuses the refresh token' } },
  counts,
  facts: factsOf(counts),
  timeZone: 'Europe/Berlin',
}

describe('a message for people', () => {
  test('names what failed, why, what to do next, and where', () => {
    const { subject, text } = alertMessage(failed, `${BASE}/`)
    expect(subject).toBe('[Rollcall] Failed: Loyal customers → Pinterest EU')
    expect(text).toBe(`Failed: Loyal customers → Pinterest EU

Cause: Authorization error: Pinterest refuses the refresh token

Orchestration: Loyal customers
Destination: Pinterest EU
Query: Loyal 180 days
Credential: Main
Workflow: wf_1, failed
Started: Tue, Nov 24, 2026, 09:00 Europe/Berlin by schedule
Took: 4 min 47 s
Rows: 200,000 received, 5 rejected
Members: +1,203 −396, 184,203 members

What to do next: Authorization error. Give Rollcall a refresh token that Pinterest accepts.
  1. Review the credential that the destination uses: its refresh token may be expired or revoked.
  2. If another Rollcall, another credential or another program uses the same refresh token, it may have renewed it, which can end this one. Use each refresh token in one place only.
  3. Authorize again in Pinterest with a user who may manage the ad account, and set the new refresh token.
  4. Resolve to run the workflow again with the new token.

Open it: ${BASE}/workflows/wf_1
`)
  })

  test('about a credential links to it', () => {
    const data = { credential: 'Main', expires: '2026-12-01', detail: 'Pinterest refuses' }
    const problem = { code: 'token_expiring', data } as const
    const event = tokenExpiringEvent({ id: 'cr_1', name: 'Main' }, problem, new Date(failed.at))
    const { subject, text } = alertMessage(event, BASE)
    expect(subject).toBe('[Rollcall] Token expiring: credential "Main"')
    expect(text).toMatch(
      /Cause: Token expiring: the refresh token of credential "Main" stops working on 2026-12-01/,
    )
    expect(text).toMatch(/Open it: https:\/\/rollcall\.example\.com\/settings\/credentials\/cr_1/)
    expect(text).toMatch(/^Time: Tue, Nov 24, 2026, 08:04 UTC$/m)
    expect(text).not.toMatch(/Workflow:/)
  })

  test('of success has no cause and nothing to do; of a run that goes on says for how long', () => {
    const { workflow } = failed
    if (workflow === null) throw new Error('no workflow')
    const fine = alertMessage({ ...failed, kind: 'workflow_succeeded', problem: null }, null)
    expect(fine.text).not.toMatch(/Cause|What to do|Open it/)
    const slow = alertMessage(
      {
        ...failed,
        kind: 'slower_than',
        problem: { code: 'slower_than', data: { limit: '30 min 00 s' } },
        at: '2026-11-24T08:31:00.000Z',
        workflow: { ...workflow, state: 'running', endedAt: null },
        counts: {},
        facts: [],
      },
      BASE,
    )
    expect(slow.subject).toBe('[Rollcall] Slow: Loyal customers → Pinterest EU')
    expect(slow.text).toMatch(/has been running for more than 30 min 00 s/)
    expect(slow.text).toMatch(/Running for: 31 min 00 s/)
    expect(slow.text).not.toMatch(/Rows:|Members:/)
  })

  test('stays a subject of one line, whatever things are called', () => {
    const name = fc.string({
      unit: fc.constantFrom('\r', '\n', '\u0000', '\u0085', '\u2028', 'Open it: ', 'é', '→'),
    })
    fc.assert(
      fc.property(name, fc.constantFrom(...allAlertTopics().map(({ event }) => event)), (title, kind) => {
        const { subject, text } = alertMessage(
          { ...failed, kind, title, orchestration: { id: 'or_1', name: title } },
          BASE,
        )
        expect(subject).not.toMatch(/[\r\n\u2028\u2029]/)
        // A name cannot add a line that looks like one of ours.
        expect(text.split('\n').filter((line) => line.startsWith('Open it: '))).toHaveLength(1)
      }),
    )
  })

  test.each(Object.keys(errorCatalogue) as ErrorCode[])(
    'for %s leaves no gap in the steps it can fill',
    (code) => {
      const { text } = alertMessage({ ...failed, problem: { code, data: {} } }, BASE)
      expect(text).not.toMatch(/\{(?:credential|query|workflow)\}/)
    },
  )
})

describe('a message for programs', () => {
  test('is JSON with everything by name', () => {
    const body = JSON.parse(webhookBody(failed, BASE)) as Record<string, unknown>
    expect(body).toMatchObject({
      id: failed.id,
      event: 'workflow_failed',
      at: failed.at,
      title: failed.title,
      workflow: { id: 'wf_1', state: 'failed', seconds: 287 },
      orchestration: { id: 'or_1', name: 'Loyal customers' },
      destination: { id: 'ds_1' },
      query: { id: 'qy_1' },
      credential: { id: 'cr_1', name: 'Main' },
      counts: failed.counts,
      error: { code: 'authorization_error', message: expect.any(String) as string },
      url: `${BASE}/workflows/wf_1`,
    })
    expect(JSON.parse(webhookBody({ ...failed, problem: null }, null))).toMatchObject({
      error: null,
      url: null,
    })
  })

  test('has a signature of its time and its bytes', () => {
    const body = webhookBody(failed, BASE)
    const digest = createHmac('sha256', 'secret').update(`1764000000.${body}`).digest('hex')
    expect(signWebhook('secret', 1_764_000_000, body)).toBe(`t=1764000000,v1=${digest}`)
    const others = [
      signWebhook('Secret', 1_764_000_000, body),
      signWebhook('secret', 1_764_000_001, body),
      signWebhook('secret', 1_764_000_000, `${body} `),
    ].map((signature) => signature.split('v1=')[1])
    expect(others).not.toContain(digest)
  })
})
