import { sql } from 'kysely'
import type { Page, Route } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { queriesRunHere } from '../support/queries-here.ts'
import { ended, people, setUp, writeCustomers } from '../server/support.ts'
import type { Client, Ids, WorkflowView } from '../server/support.ts'
import { look, openConsole, openPane } from './console.ts'
import type { Console } from './console.ts'
import { edgesOf, RED } from './stage-edges.ts'

queriesRunHere()

/** The page of a workflow while it runs and after, however long it was, and while the server starts again. */

let console: Console
let operator: Client
let page: Page

beforeAll(async () => {
  console = await openConsole()
  await console.service.startWorker()
  operator = await console.service.as(['datagrid_operator'])
  page = await console.signedIn('datagrid_operator')
})

afterAll(async () => {
  await console.close()
})

const loyal = people(120)

async function start({ orchestration }: Ids): Promise<string> {
  const path = `/orchestrations/${orchestration}/run`
  return (await operator.ok<{ workflow: string }>('POST', path)).workflow
}

async function run(ids: Ids): Promise<WorkflowView> {
  return ended(console.service, operator, await start(ids))
}

const isIn = (state: string) => page.getByRole('status').getByText(state, { exact: true })
const stage = (name: string) =>
  page.getByRole('list', { name: 'Stages' }).getByRole('listitem').filter({ hasText: name })

describe('a workflow', () => {
  test('that ended while the page was still reading it for the first time is read again', async () => {
    const ids = await setUp(console.service, operator, { name: 'overtaken', emails: loyal })
    const isOver = Promise.withResolvers<void>()
    const { promise: started, resolve: isStarted } = Promise.withResolvers<string>()
    // The first answer is made before the end, and arrives after it. The others pass as they are: a route that is taken away while a
    // request comes holds that for good.
    let isFirst = true
    await page.route(
      (url) => /^\/api\/v1\/workflows\/wf_\w+$/.test(url.pathname),
      async (route) => {
        if (!isFirst) return route.continue()
        isFirst = false
        const response = await route.fetch()
        isStarted(new URL(route.request().url()).pathname.split('/').at(-1) ?? '')
        await isOver.promise
        return route.fulfill({ response })
      },
    )
    const { faults } = console.service.simulator
    faults.plan({ rules: [{ operation: 'ad_accounts/get', kind: 'slow', delayMs: 2_000 }] })
    await page.goto(`/orchestrations/${ids.orchestration}/plan`)
    await page.getByRole('button', { name: 'Compare now' }).click()
    const id = await started
    // The end of a workflow is told with its notification, which the page reads.
    const isHeard = page.waitForRequest(
      (request) => new URL(request.url()).pathname === '/api/v1/notifications',
    )
    expect(await ended(console.service, operator, id)).toMatchObject({ state: 'waiting' })
    await isHeard
    isOver.resolve()
    await page.getByRole('region', { name: 'The difference' }).waitFor()
  })

  test('is listened to before anything is read, so that a page need not read it all twice', async () => {
    const asked: string[] = []
    // The page before may still ask for something.
    await page.goto('about:blank')
    page.on('request', (request) => asked.push(new URL(request.url()).pathname))
    await page.goto('/workflows')
    await page.getByRole('heading', { name: 'Workflows' }).waitFor()
    expect(asked.find((path) => path.startsWith('/api/'))).toBe('/api/v1/notifications/stream')
  })

  test('is followed live from stage to stage until it is done', async () => {
    const ids = await setUp(console.service, operator, { name: 'followed', emails: [...loyal, 'nobody', ''] })
    const { faults } = console.service.simulator
    faults.plan({ rules: [{ operation: 'customer_lists/create', kind: 'slow', delayMs: 8_000 }] })
    const id = await start(ids)
    await page.goto(`/workflows/${id}`)
    await stage('Send').getByText('Running').waitFor()
    await stage('Guard').getByText('Succeeded').waitFor()
    await isIn('Running').waitFor()
    await look(page, 'workflow-running-light')
    await page.getByRole('tab', { name: 'Run log' }).click()
    await isIn('Succeeded').waitFor()
    await page.getByText('Pinterest has all changes.').waitFor()
    // What the query returned is no member yet: that word is for what the list holds.
    const funnel = page.getByRole('list', { name: 'From rows to changes' }).getByRole('listitem')
    const steps = (await funnel.allInnerTexts()).map((text) => text.split('\n').slice(0, 2).join(' '))
    expect(steps).toEqual(['122 received', '120 valid', '120 in the query', '+120 added', '−0 removed'])
    expect(await page.getByRole('button', { name: 'Stop workflow' }).count()).toBe(0)
    await page.getByRole('tab', { name: 'Rejects' }).click()
    await page.getByRole('list', { name: 'Rejected rows by reason' }).getByText('Syntax').waitFor()
    await look(page, 'workflow-rejects-light')
    await page.getByRole('tab', { name: 'Tasks' }).click()
    await page.getByText('list created and filled').click()
    await page.getByText(/Batch 1: 120 members confirmed, request/).waitFor()
    await look(page, 'workflow-task-open-light')
  })

  test('whose account is refused shows the stage Connect red, and no other', async () => {
    const ids = await setUp(console.service, operator, { name: 'no account', emails: loyal })
    const { faults } = console.service.simulator
    faults.plan({ rules: [{ operation: 'ad_accounts/get', kind: '403', times: 50 }] })
    const { id } = await run(ids)
    faults.clear()
    await page.goto(`/workflows/${id}`)
    await stage('Connect').getByText('Failed').waitFor()
    await stage('Query').getByText('Succeeded').waitFor()
    const stages = page.getByRole('list', { name: 'Stages' }).getByRole('listitem')
    expect(await stages.getByText('Failed').count()).toBe(1)
    const edges = await stages.evaluateAll(edgesOf)
    expect(edges.filter(([, colour]) => colour === RED).map(([name]) => name)).toEqual(['Connect'])
    await look(page, 'workflow-connect-failed-light')
  })

  test('that waits for Pinterest says when it tries again, and tries at once when a person asks for it', async () => {
    const ids = await setUp(console.service, operator, {
      name: 'unavailable',
      list: 'unavailable [sentinel:unavailable]',
      emails: loyal,
    })
    const { destination } = ids
    const { version } = await operator.ok<{ version: number }>('GET', `/destinations/${destination}`)
    const limits = { taskWaitMs: 600_000, taskWaitForMs: 6_000_000 }
    await operator.ok('PATCH', `/destinations/${destination}`, { version, limits })
    const id = await start(ids)
    await page.goto(`/workflows/${id}`)
    await page
      .getByRole('main')
      .getByText(/^Waiting, next try \d\d:\d\d\. Pinterest is unavailable/)
      .waitFor()
    await page
      .getByRole('list', { name: 'Stages' })
      .getByText(/^Waiting,/)
      .waitFor()
    await page
      .getByRole('status')
      .getByText(/^next try|Waiting,/)
      .first()
      .waitFor()
    expect(await page.getByText('Failed', { exact: true }).count()).toBe(0)
    await look(page, 'workflow-retrying-light')
    const tries = page.getByRole('cell', { name: '2', exact: true })
    for (const path of ['/', '/workflows', '/orchestrations']) {
      await page.goto(path)
      await page
        .getByRole('row', { name: /unavailable/ })
        .getByText(/Waiting, ?next try \d\d:\d\d/)
        .first()
        .waitFor()
    }
    await page.goto(`/workflows/${id}`)
    await page.getByRole('button', { name: 'Try now' }).click()
    await tries.waitFor()
    await operator.ok('POST', `/workflows/${id}/stop`)
    await ended(console.service, operator, id)
    await isIn('Stopped').waitFor()
    expect(await page.getByText('Failed', { exact: true }).count()).toBe(0)
  })

  test('that is stopped says so, and what stays', async () => {
    const ids = await setUp(console.service, operator, { name: 'stopped', emails: people(250) })
    await run(ids)
    await writeCustomers(console.service, 'stopped', loyal)
    const waiting = await run(ids)
    await page.goto(`/workflows/${waiting.id}`)
    await isIn('Needs approval').waitFor()
    await look(page, 'workflow-waiting-light')
    await page.getByRole('button', { name: 'Show Resolutions' }).click()
    await page.getByRole('radio', { name: 'Stop' }).check()
    await page.getByRole('button', { name: 'Continue' }).click()
    await isIn('Stopped').waitFor()
    await page
      .getByRole('main')
      .getByText(/What Pinterest confirmed is on record/)
      .first()
      .waitFor()
    await look(page, 'workflow-stopped-light')
    expect(console.service.simulator.control.lists(undefined, 'stopped').at(-1)?.members).toBe(250)
  })

  test('of 5,000 lines and 1,000 receipts shows the last and the first of them, and all on demand', async () => {
    const ids = await setUp(console.service, operator, { name: 'very long', emails: loyal })
    const { id } = await run(ids)
    const { db } = console.service.platform.store
    await sql`insert into run_log (workflow_id, at, level, task, text)
      select ${id}, now(), 'info', 'add', 'line ' || n from generate_series(1, 5000) n`.execute(db)
    const rest = sql`from change_set c, generate_series(2, 999) n where c.workflow_id = ${id}`
    await sql`insert into batch (change_set_id, number, operation, first, count)
      select c.id, n, 'add', 0, 1 ${rest}`.execute(db)
    await sql`insert into attempt (change_set_id, batch, number) select c.id, n, 1 ${rest}`.execute(db)
    await sql`insert into attempt_outcome (change_set_id, batch, attempt, outcome)
      select c.id, n, 1, 'confirmed' ${rest}`.execute(db)
    // As if it had been interrupted then: another run gave up what was open of it.
    await sql`insert into change_set (id, list_id, workflow_id, state, adds, removes, change_ref, desired_snapshot, desired_count)
      select 'cs_second', list_id, workflow_id, 'done', 1, 0, change_ref, desired_snapshot, desired_count
      from change_set where workflow_id = ${id}`.execute(db)
    await sql`insert into batch (change_set_id, number, operation, first, count)
      values ('cs_second', 1, 'add', 0, 1)`.execute(db)
    await page.goto(`/workflows/${id}?tab=log`)
    await page.getByText('line 5000', { exact: true }).waitFor()
    expect(await page.getByRole('list', { name: 'Run log' }).getByRole('listitem').count()).toBe(300)
    await look(page, 'workflow-long-log-light')
    await page.getByRole('button', { name: 'Show all' }).click()
    await page.getByText('line 1', { exact: true }).waitFor()
    await page.getByRole('tab', { name: 'Receipts' }).click()
    await page.getByText('The first 100 of 1,000 receipts').waitFor()
    await page.getByRole('button', { name: 'Show all' }).click()
    await page.getByText('Add, batch 999').waitFor()
    await page.getByRole('row', { name: /cs_second Add, batch 1 / }).waitFor()
  })
})

describe('while the server starts again', () => {
  test('the page says so, goes on by itself and has missed nothing', async () => {
    const ids = await setUp(console.service, operator, { name: 'meanwhile', emails: loyal })
    await page.goto('/workflows')
    await page.getByRole('heading', { name: 'Workflows' }).waitFor()
    const comeBack = console.goAway()
    const away = page.getByText('The server cannot be reached. This page reconnects automatically.')
    await away.waitFor()
    await look(page, 'server-away-light')
    await run(ids)
    await page.getByLabel('State').selectOption('succeeded')
    await comeBack()
    await page.getByRole('cell', { name: 'meanwhile' }).first().waitFor()
    await away.waitFor({ state: 'detached' })
    const pane = await openPane(page)
    await pane
      .getByText(/\d completed$/)
      .first()
      .click()
    await pane.getByText('meanwhile → meanwhile').waitFor()
    expect(page.url()).toContain('state=succeeded')
  })

  test('what is sent just then takes effect once', async () => {
    const ids = await setUp(console.service, operator, { name: 'pressed just then', emails: people(73) })
    const failed = await run(ids)
    await writeCustomers(console.service, 'pressed just then', loyal)
    await page.goto(`/workflows/${failed.id}/actions/not_enough_records`)
    await page.getByRole('button', { name: 'Resolve' }).waitFor()
    const comeBack = console.goAway()
    await page.getByRole('button', { name: 'Resolve' }).click()
    await page.getByText('The server cannot be reached.').first().waitFor()
    await comeBack()
    await isIn('Succeeded').waitFor()
    const path = `/workflows?orchestrationId=${ids.orchestration}`
    expect((await operator.ok<{ items: unknown[] }>('GET', path)).items).toHaveLength(2)
    // A page that was never loaded waits as well, and the console does not go.
    const comeBackAgain = console.goAway()
    await page.getByRole('navigation').getByRole('link', { name: 'Destinations' }).click()
    await page.getByText('This page appears as soon as the server can be reached again.').waitFor()
    await comeBackAgain()
    await page.getByRole('heading', { name: 'Destinations' }).waitFor()
  })
})

describe('behind a proxy that', () => {
  test.each<[string, (route: Route) => Promise<void> | undefined]>([
    ['answers the stream of events with an error of its own', (route) => route.fulfill({ status: 502 })],
    ['holds the stream of events back', () => undefined],
  ])('%s, a page shows what changed and says nothing of a server out of reach', async (what, proxy) => {
    const seen = await console.signedIn('datagrid_operator')
    await seen.context().route('**/api/v1/notifications/stream*', proxy)
    await seen.goto('/queries')
    await seen.getByRole('heading', { name: 'Queries' }).waitFor()
    const name = `Behind ${what.slice(0, 5)}`
    await setUp(console.service, operator, { name, emails: loyal })
    await seen.getByText(name).first().waitFor()
    expect(await seen.getByText('The server cannot be reached.').count()).toBe(0)
  })
})
