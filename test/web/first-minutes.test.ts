import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { queriesRunHere } from '../support/queries-here.ts'
import { createUser } from '../../src/access/users.ts'
import { localActor, listActivity } from '../../src/access/activity.ts'
import { createTickets } from '../../src/access/tickets.ts'
import type { Tickets } from '../../src/access/tickets.ts'
import { people, setUp } from '../server/support.ts'
import { look, openConsole } from './console.ts'
import type { Console } from './console.ts'

queriesRunHere()

/** Into the demo by its address, and from there to a real account. */

let console: Console
let tickets: Tickets
let userId: string

beforeAll(async () => {
  tickets = createTickets()
  console = await openConsole({ demo: { tickets } })
  const given = { email: 'demo@example.com', name: 'Administrator', options: [], password: null }
  const access = { ...console.service.platform, actor: localActor }
  userId = (await createUser(access, { ...given, policies: ['datagrid_administrator'] })).id
})

afterAll(async () => {
  await console.close()
})

async function enter(page: Page, ticket: string): Promise<void> {
  await page.goto(`/sign-in#ticket=${ticket}`)
}

async function overview(page: Page): Promise<void> {
  await page.getByRole('heading', { name: 'Overview' }).waitFor()
}

describe('the address of the demo', () => {
  test('signs in, and its ticket is neither in the address nor behind it', async () => {
    const page = await console.open()
    const ticket = tickets.issue(userId)
    const asked: string[] = []
    page.on('request', (request) => asked.push(`${request.url()} ${request.headers()['referer'] ?? ''}`))
    await enter(page, ticket)
    await overview(page)
    expect(new URL(page.url())).toMatchObject({ pathname: '/', hash: '' })
    await page.goBack().catch(() => null)
    expect(page.url()).not.toContain(ticket)
    expect(asked.join('\n')).not.toContain(ticket)
    expect(console.service.log()).not.toContain(ticket)
    const { items } = await listActivity(console.service.platform.store.db, {}, { limit: 1, cursor: null })
    expect(items[0]).toMatchObject({ action: 'session.created', detail: { with: 'ticket' } })
  })

  test('works once; in the browser that it signed in, opening it again leads in all the same', async () => {
    const [page, other] = [await console.open(), await console.open()]
    const ticket = tickets.issue(userId)
    await enter(page, ticket)
    await overview(page)
    await enter(other, ticket)
    expect(await other.getByRole('alert').innerText()).toMatch(/already used.*Request rq_/s)
    expect(new URL(other.url()).hash).toBe('')
    await enter(page, ticket)
    await overview(page)
  })

  test('can be pasted over the sign-in page, which says that this is the demo', async () => {
    const page = await console.open()
    await page.goto('/')
    await page.getByText('This is the demo: open the address').waitFor()
    await look(page, 'sign-in-demo')
    await enter(page, tickets.issue(userId))
    await overview(page)
    expect(new URL(page.url()).hash).toBe('')
  })

  test('a made-up ticket is refused, and after some tries nothing is even looked at', async () => {
    const page = await console.open()
    const made = 'made-up'.padEnd(43, 'x')
    await enter(page, made)
    await page.getByRole('alert').waitFor()
    const post = (): Promise<number> =>
      page.request
        .post('/api/v1/sign-in/ticket', { data: { ticket: made }, headers: { origin: console.url } })
        .then((response) => response.status())
    const statuses: number[] = []
    for (let tries = 0; tries < 12; tries += 1) statuses.push(await post())
    expect([...new Set(statuses)]).toEqual([401, 429])
  })
})

describe('from the demo to an account', () => {
  test('the banner leads to five steps, each with its state', async () => {
    const page = await console.open()
    await enter(page, tickets.issue(userId))
    await overview(page)
    await page.getByRole('link', { name: 'Connect a real account' }).click()
    await page.getByRole('heading', { name: 'Connect an account' }).waitFor()
    const steps = page
      .getByRole('main')
      .getByRole('listitem')
      .filter({ has: page.getByRole('heading') })
    await steps.first().waitFor()
    expect(await steps.count()).toBe(5)
    expect(await steps.getByText(/^(?:Done|Next|Later)$/).allInnerTexts()).toEqual([
      'Next',
      'Later',
      'Later',
      'Later',
      'Later',
    ])
    await look(page, 'connect-empty')
    const operator = await console.service.as(['datagrid_operator'])
    await setUp(console.service, operator, { name: 'Loyal', emails: people(120) })
    await page.getByText('Open Loyal').waitFor()
    expect(await steps.getByText(/^(?:Done|Next|Later)$/).allInnerTexts()).toEqual([
      'Done',
      'Done',
      'Done',
      'Done',
      'Next',
    ])
    expect(await page.getByRole('link', { name: 'Add credential' }).getAttribute('href')).toBe(
      '/settings/credentials?dialog=new',
    )
  })

  test('with the keyboard alone, from the overview to the dialog of a step', async () => {
    const page = await console.open()
    await enter(page, tickets.issue(userId))
    await overview(page)
    for (const name of ['Connect a real account', 'New destination']) {
      const link = page.getByRole('main').getByRole('link', { name })
      await link.waitFor()
      while (!(await link.evaluate((element) => element.matches(':focus')))) await page.keyboard.press('Tab')
      await page.keyboard.press('Enter')
    }
    await page.waitForURL('**/destinations?dialog=new')
    expect(new URL(page.url()).pathname).toBe('/destinations')
  })

  test('has enough contrast and room in the demo, with its banner, on a narrow screen in the dark', async () => {
    const page = await console.open({ scheme: 'dark', width: 360 })
    await enter(page, tickets.issue(userId))
    await overview(page)
    await page.goto('/connect')
    expect(await page.getByText('New destination').getAttribute('href')).toBe('/destinations?dialog=new')
    await look(page, 'connect-dark-360')
  })

  test('who may edit nothing is offered nothing', async () => {
    const page = await console.signedIn('marketer', { at: '/connect' })
    await page.getByText('5. Orchestration').waitFor()
    expect(
      await page
        .getByRole('main')
        .getByRole('link', { name: /^Add a/ })
        .count(),
    ).toBe(0)
  })
})
