import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { request } from 'undici'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AD_ACCOUNTS, SENTINEL_TOKENS } from '../../simulator/main.ts'
import { workflowLines } from '../../src/cli/workflow-page.ts'
import { pruneWorkflow } from '../../src/ledger/prune-receipts.ts'
import { publish } from '../../src/store/events.ts'
import type { WorkflowDetail } from '../../src/history/workflow-detail.ts'
import { authorize, ended, openServiceAt, people, runOf, setUp, started, writeCustomers } from './support.ts'
import { activate, setRefreshToken, setThresholds } from './mending.ts'
import { startSimulatorProcess } from '../support/simulator-process.ts'
import type { SimulatorProcess } from '../support/simulator-process.ts'
import type { Client, Ids, Service, WorkflowView } from './support.ts'

/** The page that Rollcall implements, walked from top to bottom through the API. */

let service: Service<SimulatorProcess>
let operator: Client

beforeAll(async () => {
  service = await openServiceAt(await startSimulatorProcess(), { writesPerMinute: 400, readsPerMinute: 1000 })
  await service.startWorker()
  operator = await service.as(['datagrid_operator'])
})

afterAll(async () => {
  await service.close()
})

interface Taken {
  readonly workflow: string
}

interface Offered {
  readonly items: readonly {
    readonly action: string
    readonly title: string
    readonly steps: readonly string[]
    readonly subjects: readonly { readonly type: string; readonly name: string; readonly link: string }[]
  }[]
}

const run = (ids: Ids, client = operator): Promise<WorkflowView> => runOf(service, client, ids)

const resolve = (workflow: string, action: string, client = operator): Promise<WorkflowView> =>
  started(service, client, `/workflows/${workflow}/actions`, { action })

async function actions(workflow: string, client = operator): Promise<Offered['items']> {
  return (await client.ok<Offered>('GET', `/workflows/${workflow}/actions`)).items
}

async function listNamed(name: string) {
  const lists = await service.simulator.lists()
  return lists.find((list) => list.name === name)
}

/** How often everybody was told to read a credential again. */
async function eventsOf(credential: string, work: () => Promise<unknown>): Promise<number> {
  const over = new AbortController()
  const { db, listen } = service.platform.store
  let told = 0
  const end = Promise.withResolvers<null>()
  const onEvent = ({ id }: { id: string }): void => {
    if (id === credential) told += 1
    if (id === 'the end') end.resolve(null)
  }
  try {
    await listen({ onEvent, onGap: () => undefined, signal: over.signal })
    await work()
    await publish(db, { type: 'credential', id: 'the end' })
    await end.promise
    return told
  } finally {
    over.abort()
  }
}

describe('configuring', () => {
  test('a destination that Pinterest does not accept is told why, and is not saved', async () => {
    const { app } = service.simulator
    const make = async (name: string, refreshToken: string): Promise<string> => {
      const body = { name, appId: app.id, appSecret: app.secret, refreshToken }
      return (await operator.ok<{ id: string }>('POST', '/credentials', body)).id
    }
    const good = await make('good', (await authorize(service.simulator)).refreshToken)
    const dead = await make('dead', SENTINEL_TOKENS.revoked)
    const refused = async (credentialId: string, adAccountId: string) => {
      const body = { name: 'refused', credentialId, adAccountId }
      const answer = await operator.request<{
        error: { code: string; message: string; checks: { check: string; ok: boolean | null }[] }
      }>('POST', '/destinations', body)
      const { code, checks } = answer.body.error
      return { code, checks: checks.map(({ check, ok }) => `${check} ${String(ok)}`) }
    }
    expect(await refused(dead, AD_ACCOUNTS.owned)).toEqual({
      code: 'authorization_error',
      checks: ['token false', 'ad_account null', 'role null', 'customer_lists null'],
    })
    expect(await refused(good, '999999999999')).toEqual({
      code: 'ad_account_not_found',
      checks: ['token true', 'ad_account false', 'role null', 'customer_lists null'],
    })
    expect(await refused(good, AD_ACCOUNTS.analyst)).toEqual({
      code: 'insufficient_permissions',
      checks: ['token true', 'ad_account true', 'role false', 'customer_lists null'],
    })
    const { items } = await operator.ok<{ items: { name: string }[] }>('GET', '/destinations?search=refused')
    expect(items).toEqual([])
    const accepted = { name: 'accepted', credentialId: good, adAccountId: AD_ACCOUNTS.owned }
    expect(await operator.ok('POST', '/destinations', accepted)).toMatchObject({
      name: 'accepted',
      audiencePrimaryKey: 'email',
      adminOnly: false,
      limitedPii: false,
    })
    expect(await operator.fails('DELETE', `/credentials/${good}`)).toBe('in_use')
  })

  test('secrets are never given back', async () => {
    const text = JSON.stringify(await operator.ok('GET', '/credentials'))
    expect(text).not.toMatch(/pinr\.|appSecret|refreshToken/)
  })

  test('a credential remembers that Pinterest refused its token, whoever asked, and what to do about it', async () => {
    const { app } = service.simulator
    const { id } = await operator.ok<{ id: string }>('POST', '/credentials', {
      name: 'refused when looked at',
      appId: app.id,
      appSecret: app.secret,
      refreshToken: SENTINEL_TOKENS.revoked,
    })
    expect(await operator.fails('GET', `/credentials/${id}/ad-accounts`)).toBe('authorization_error')
    const { problem } = await operator.ok<{ problem: { code: string; actions: { action: string }[] } }>(
      'GET',
      `/credentials/${id}`,
    )
    expect(problem.code).toBe('authorization_error')
    expect(problem.actions.map(({ action }) => action)).toEqual(['authorization_error'])
    expect(await eventsOf(id, async () => operator.fails('GET', `/credentials/${id}/ad-accounts`))).toBe(0)
    await setRefreshToken(operator, id, (await authorize(service.simulator)).refreshToken)
    expect(
      await eventsOf(id, async () => operator.ok('GET', `/credentials/${id}/ad-accounts`)),
    ).toBeGreaterThan(0)
    expect(await operator.ok('GET', `/credentials/${id}`)).toMatchObject({ problem: null })
  })

  test('what uses a credential, a destination and a query is listed', async () => {
    const ids = await setUp(service, operator, { name: 'used', emails: people(3) })
    await setUp(service, operator, { name: 'used elsewhere', emails: people(3) })
    const names = async (path: string): Promise<string[]> => {
      const { items } = await operator.ok<{ items: { name: string }[] }>('GET', path)
      return items.map(({ name }) => name)
    }
    expect(await names(`/destinations?credentialId=${ids.credential}`)).toEqual(['used'])
    expect(await names(`/orchestrations?destinationId=${ids.destination}`)).toEqual(['used'])
    expect(await names(`/orchestrations?queryId=${ids.query}`)).toEqual(['used'])
    expect(await names(`/orchestrations?queryId=${ids.query}&destinationId=${ids.query}`)).toEqual([])
    expect(await names(`/orchestrations?queryId=${ids.query}&search=elsewhere`)).toEqual([])
  })

  test('an orchestration needs an active query, and a list of its own', async () => {
    const ids = await setUp(service, operator, { name: 'owner', list: 'Owned', emails: people(3) })
    const copy = { name: 'second owner', listName: 'Owned' }
    expect(await operator.fails('POST', `/orchestrations/${ids.orchestration}/copy`, copy)).toBe('name_taken')
    const draft = await operator.ok<{ id: string }>('POST', '/queries', {
      name: 'only a draft',
      dataSourceId: ids.dataSource,
      draft: { sql: 'SELECT email FROM input' },
    })
    const body = {
      name: 'of a draft',
      queryId: draft.id,
      destinationId: ids.destination,
      listName: 'Drafted',
    }
    expect(await operator.fails('POST', '/orchestrations', body)).toBe('query_not_active')
  })

  test('a schedule is said in words, with its next runs', async () => {
    const path = `/orchestrations/describe-schedule?cron=${encodeURIComponent('30 2 * * *')}&timeZone=Europe/Berlin`
    const said = await operator.ok<{ words: string; nextRuns: string[] }>('GET', path)
    expect(said.words).toContain('02:30')
    expect(said.nextRuns).toHaveLength(5)
  })
})

describe('sending', () => {
  test('a sample goes to a list of its own; then the whole, and the list has exactly the members of the query', async () => {
    const emails = [...people(150), ' Person7@Example.com ', 'not an address', '""']
    const ids = await setUp(service, operator, { name: 'loyal', list: 'Loyal customers', emails })
    const sample = await operator.ok<Taken>('POST', `/orchestrations/${ids.orchestration}/sample`, {
      members: 10,
    })
    expect(await ended(service, operator, sample.workflow)).toMatchObject({
      state: 'succeeded',
      // 150 of 151 valid rows are distinct, and 10 of those were sent.
      rows: { received: 153, invalid: 2, duplicates: 1, inQuery: 150, members: 10 },
    })
    expect(await listNamed('Loyal customers (sample)')).toMatchObject({ members: 10 })
    expect(await listNamed('Loyal customers')).toBeUndefined()

    const sent = await run(ids)
    expect(sent).toMatchObject({
      state: 'succeeded',
      rows: { received: 153, invalid: 2, members: 150 },
      changes: { added: 150, removed: 0 },
      rejects: true,
    })
    expect(sent.receipts.every(({ state, requestId }) => state === 'confirmed' && requestId !== null)).toBe(
      true,
    )
    expect(await listNamed('Loyal customers')).toMatchObject({ members: 150 })
    const rejects = await operator.request<string>('GET', `/workflows/${sent.id}/rejects`)
    expect(rejects.body).toContain('syntax')
    expect(rejects.body).not.toContain('not an address')

    await writeCustomers(service, 'loyal', people(150, 20))
    expect(await run(ids)).toMatchObject({ state: 'succeeded', changes: { added: 20, removed: 20 } })
    const { items } = await operator.ok<{ items: { kind: string; title: string; text: string }[] }>(
      'GET',
      '/notifications?search=loyal',
    )
    expect(items[0]).toMatchObject({
      kind: 'completed',
      text: expect.stringContaining('150 members') as string,
    })
  })

  test('receipts can be downloaded, and once they were deleted the workflow shows the digest of that download', async () => {
    const { id } = await run(await setUp(service, operator, { name: 'kept', emails: people(120) }))
    const path = `/workflows/${id}`
    const { body: text } = await operator.request<string>('GET', `${path}/receipts`)
    expect(text.trimEnd().split('\n').at(-1)).toMatch(/^\{.*"outcome": "confirmed".*\}$/)
    expect(await operator.ok('GET', path)).toMatchObject({ receiptsDeleted: null })
    await pruneWorkflow(service.platform.store.db, id)
    const shown = await operator.ok<WorkflowDetail>('GET', path)
    const sha256 = createHash('sha256').update(text).digest('hex')
    expect(shown).toMatchObject({ changes: { added: 120 }, receipts: [], receiptsDeleted: { sha256 } })
    expect(workflowLines(shown).join('\n')).toContain(sha256)
    expect((await operator.request('GET', `${path}/receipts`)).status).toBe(404)
  })

  test('a large removal waits for a person, and goes on when it is approved', async () => {
    const ids = await setUp(service, operator, { name: 'shrinks', emails: people(200) })
    await run(ids)
    await writeCustomers(service, 'shrinks', people(90))
    const waiting = await run(ids)
    expect(waiting).toMatchObject({ state: 'waiting', error: { code: 'large_removal' } })
    expect(await listNamed('shrinks')).toMatchObject({ members: 200 })
    expect(await resolve(waiting.id, 'approve')).toMatchObject({
      state: 'succeeded',
      changes: { removed: 110 },
    })
    expect(await listNamed('shrinks')).toMatchObject({ members: 90 })
  })
})

describe('the resolutions of the page', () => {
  test('Not enough records: the query is named and linked, and resolving runs it anew', async () => {
    const ids = await setUp(service, operator, { name: 'few', emails: people(73) })
    const failed = await run(ids)
    expect(failed).toMatchObject({ state: 'failed', error: { code: 'not_enough_records' } })
    const [first] = await actions(failed.id)
    expect(first).toMatchObject({ action: 'not_enough_records', title: 'Not enough records' })
    expect(first?.subjects[0]).toEqual({
      type: 'query',
      id: ids.query,
      name: 'few',
      link: `/queries/${ids.query}`,
    })
    await writeCustomers(service, 'few', people(120))
    expect(await resolve(failed.id, 'not_enough_records')).toMatchObject({ state: 'succeeded' })
    expect(await listNamed('few')).toMatchObject({ members: 120 })
  })

  test('Authorization error: the credential is named, and a new refresh token resolves it', async () => {
    const ids = await setUp(service, operator, { name: 'dies', emails: people(120) })
    await setRefreshToken(operator, ids.credential, SENTINEL_TOKENS.revoked)
    const failed = await run(ids)
    expect(failed).toMatchObject({ state: 'failed', error: { code: 'authorization_error' } })
    const [first] = await actions(failed.id)
    expect(first).toMatchObject({ action: 'authorization_error' })
    expect(first?.subjects).toContainEqual({
      type: 'credential',
      id: ids.credential,
      name: 'dies',
      link: `/settings/credentials/${ids.credential}`,
    })
    expect(await operator.ok('GET', `/credentials/${ids.credential}`)).toMatchObject({
      problem: { code: 'authorization_error' },
    })
    await setRefreshToken(operator, ids.credential, (await authorize(service.simulator)).refreshToken)
    expect(await resolve(failed.id, 'authorization_error')).toMatchObject({ state: 'succeeded' })
    expect(await operator.ok('GET', `/credentials/${ids.credential}`)).toMatchObject({ problem: null })
  })

  test('Insufficient permissions: the ad account is named, and resolving goes on once the role is back', async () => {
    const ids = await setUp(service, operator, { name: 'loses its role', emails: people(120) })
    await service.simulator.setPermissions(AD_ACCOUNTS.owned, ['ANALYST'])
    const failed = await run(ids)
    await service.simulator.setPermissions(AD_ACCOUNTS.owned, ['OWNER'])
    expect(failed).toMatchObject({ state: 'failed', error: { code: 'insufficient_permissions' } })
    const [first] = await actions(failed.id)
    expect(first).toMatchObject({ action: 'insufficient_permissions' })
    expect(first?.subjects.map(({ type }) => type)).toEqual(['ad_account', 'credential', 'destination'])
    expect(await resolve(failed.id, 'insufficient_permissions')).toMatchObject({ state: 'succeeded' })
  })

  test.each([
    ['Query failed', 'SELECT email FROM input', 'query_failed'],
    ['Missing email column', 'SELECT * FROM input', 'missing_email_column'],
  ])('%s: an edited and activated query resolves it', async (name, sql, code) => {
    const ids = await setUp(service, operator, { name, emails: people(120) })
    await activate(operator, ids, sql)
    // The next export calls its column of addresses otherwise.
    await writeFile(join(service.inputDir, `${name}.csv`), `mail\n${people(120).join('\n')}\n`)
    const failed = await run(ids)
    expect(failed).toMatchObject({ state: 'failed', error: { code } })
    expect((await actions(failed.id))[0]).toMatchObject({ action: code })
    await activate(operator, ids, 'SELECT mail AS email FROM input')
    expect(await resolve(failed.id, code)).toMatchObject({ state: 'succeeded' })
  })

  test('List not empty: the list is used anyway', async () => {
    const name = 'already there'
    await fillElsewhere(name)
    const ids = await setUp(service, operator, { name, emails: people(120) })
    const failed = await run(ids)
    expect(failed).toMatchObject({ state: 'failed', error: { code: 'list_not_empty' } })
    expect(await resolve(failed.id, 'adopt')).toMatchObject({ state: 'succeeded' })
  })

  test('List not found: the list is made anew with all members', async () => {
    const ids = await setUp(service, operator, { name: 'vanishes', emails: people(120) })
    await run(ids)
    const before = await listNamed('vanishes')
    await service.simulator.removeList(before?.id ?? '')
    const failed = await run(ids)
    expect(failed).toMatchObject({ state: 'failed', error: { code: 'list_not_found' } })
    expect(await resolve(failed.id, 'rebuild')).toMatchObject({ state: 'succeeded', changes: { added: 120 } })
    expect(await listNamed('vanishes')).toMatchObject({ members: 120 })
  })

  test('Query thresholds warn or stop before anything is sent', async () => {
    const ids = await setUp(service, operator, { name: 'bounded', emails: people(150) })
    await setThresholds(operator, ids, { warnBelow: 200 })
    expect((await run(ids)).warnings.map(({ code }) => code)).toEqual(['threshold_warning'])
    await writeCustomers(service, 'bounded', people(120))
    await setThresholds(operator, ids, { failBelow: 130 })
    const failed = await run(ids)
    expect(failed).toMatchObject({ state: 'failed', error: { code: 'threshold_not_met' } })
    expect(await listNamed('bounded')).toMatchObject({ members: 150 })
    await setThresholds(operator, ids, {})
    expect(await resolve(failed.id, 'threshold_not_met')).toMatchObject({ state: 'succeeded' })
  })

  test('of two people who resolve at once, the second is told that it is too late', async () => {
    const ids = await setUp(service, operator, { name: 'twice resolved', emails: people(60) })
    const failed = await run(ids)
    const answers = await Promise.all(
      [1, 2].map(() =>
        operator.request<Taken>('POST', `/workflows/${failed.id}/actions`, { action: 'restart' }),
      ),
    )
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202, 409]))
    const followed = answers.find(({ status }) => status === 202)?.body.workflow ?? ''
    await ended(service, operator, followed)
    // It leads to what took its place, and not to what runs later.
    await run(ids)
    const { followedBy, error } = await operator.ok<{
      followedBy: { id: string }
      error: { actions: unknown[] }
    }>('GET', `/workflows/${failed.id}`)
    expect(followedBy.id).toBe(followed)
    expect(error.actions).toEqual([])
  })
})

/** Somebody else made a list of this name and filled it. */
async function fillElsewhere(name: string): Promise<void> {
  const { simulator } = service
  const { accessToken: token } = await authorize(simulator)
  const response = await request(`${simulator.url}/ad_accounts/${AD_ACCOUNTS.owned}/customer_lists`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name, records: 'a'.repeat(64) }),
  })
  expect(response.statusCode).toBeLessThan(300)
}
