import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { queriesRunHere } from '../support/queries-here.ts'
import { AD_ACCOUNTS } from '../../simulator/main.ts'
import { membersOf } from '../destinations/customer-list/support.ts'
import { authorize, ended, membersOn, people, runOf, setUp, writeCustomers } from '../server/support.ts'
import type { Client } from '../server/support.ts'
import { complaintsOf, openConsole, openPane, pick } from './console.ts'
import type { Console } from './console.ts'

queriesRunHere()

/**
 * The page that Rollcall implements, walked from top to bottom by clicking, in the words of the page: by those who may do all of
 * it, and by those who may do a part.
 */

let console: Console
let admin: Client

beforeAll(async () => {
  console = await openConsole()
  await console.service.startWorker()
  admin = await console.service.as(['datagrid_administrator'])
})

afterAll(async () => {
  await console.close()
})

/** Somebody's walk, with names of its own. */
interface Walk {
  readonly page: Page
  readonly name: string
}

const control = (): Console['service']['simulator']['control'] => console.service.simulator.control

const onList = (name: string): string[] => membersOn(console.service, name)

const inNavigation = (page: Page, word: string): Locator =>
  page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: word })

/** Goes to a page and waits for it: the page before stays while it loads, and may have links of the same names. */
async function visit(page: Page, word: string): Promise<void> {
  await inNavigation(page, word).click()
  await page.getByRole('heading', { name: word, exact: true }).waitFor()
}

/** From the Settings page, the Credentials tab and the Add credential button. */
async function configureCredential({ page, name }: Walk): Promise<void> {
  const { app } = console.service.simulator
  await inNavigation(page, 'Settings').click()
  await page.getByRole('link', { name: 'Credentials', exact: true }).click()
  await page.getByRole('button', { name: 'Add credential' }).first().click()
  const dialog = page.getByRole('dialog', { name: 'Credential settings' })
  expect(await dialog.getByLabel('Plugin').inputValue()).toBe('Pinterest')
  await dialog.getByLabel('Name', { exact: true }).fill(name)
  await dialog.getByLabel('Description').fill('Authorized by the marketing team')
  await dialog.getByLabel('App ID').fill(app.id)
  await dialog.getByLabel('App secret').fill(app.secret)
  await dialog.getByLabel('Refresh token').fill((await authorize(console.service.simulator)).refreshToken)
  await dialog.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('heading', { name }).waitFor()
}

/** New destinations, Orchestration: by typing "pin", with Continue, validated when it is saved. */
async function addDestination({ page, name }: Walk): Promise<void> {
  await visit(page, 'Destinations')
  await page.getByRole('button', { name: 'New destinations' }).click()
  await page.getByRole('menuitem', { name: 'Orchestration' }).click()
  const dialog = page.getByRole('dialog', { name: 'New destination' })
  await dialog.getByLabel('Search').fill('pin')
  expect(await dialog.getByRole('radio', { name: 'Pinterest' }).isChecked()).toBe(true)
  await dialog.getByRole('button', { name: 'Continue' }).click()
  await pick(page, dialog, 'Credential', name)
  await dialog.getByRole('button', { name: 'Continue' }).click()
  await dialog.getByText('Destination settings').first().waitFor()
  await dialog.getByLabel('Name', { exact: true }).fill(name)
  await dialog.getByLabel('Description').fill('Everything that is advertised in the US')
  await dialog.getByRole('checkbox', { name: 'PII setting' }).check()
  expect(await dialog.getByRole('checkbox', { name: 'Admin only' }).isChecked()).toBe(false)
  expect(await dialog.getByText('Audience primary key').count()).toBeGreaterThan(0)
  await dialog.getByRole('combobox', { name: 'Ad account ID' }).fill(AD_ACCOUNTS.analyst)
  await page.keyboard.press('Escape')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await dialog.getByRole('alert').getByText('Nothing was saved.').waitFor()
  await dialog.getByRole('combobox', { name: 'Ad account ID' }).fill(AD_ACCOUNTS.owned)
  await page.keyboard.press('Escape')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('heading', { name }).waitFor()
}

/** A data source and a query over it, activated. */
async function addQuery({ page, name }: Walk): Promise<void> {
  await writeCustomers(console.service, name, people(73))
  await inNavigation(page, 'Settings').click()
  await page.getByRole('link', { name: 'Data sources', exact: true }).click()
  await page.getByRole('button', { name: 'Add data source' }).first().click()
  const source = page.getByRole('dialog', { name: 'Add data source' })
  await source.getByLabel('Name').fill(name)
  await source.getByLabel('Folder').fill(console.service.inputDir)
  await source.getByLabel('Files', { exact: true }).last().fill(`${name}.csv`)
  await source.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('heading', { name }).waitFor()

  await visit(page, 'Queries')
  await page.getByRole('button', { name: 'New query' }).first().click()
  const dialog = page.getByRole('dialog', { name: 'New query' })
  await dialog.getByLabel('Name').fill(name)
  await pick(page, dialog, 'Data source', name)
  await dialog.getByRole('button', { name: 'Save draft' }).click()
  await page.getByText('Draft, not yet active.').waitFor()
  await page.getByRole('button', { name: 'Run', exact: true }).click()
  await page.getByRole('cell', { name: 'person0@example.com' }).waitFor()
  await page.getByRole('button', { name: 'Activate' }).click()
  await page
    .getByRole('dialog', { name: 'Activate the draft?' })
    .getByRole('button', { name: 'Activate' })
    .click()
  await page.getByText('Runs use this text').waitFor()
}

async function addOrchestration({ page, name }: Walk): Promise<void> {
  await visit(page, 'Orchestrations')
  await page.getByRole('button', { name: 'New orchestration' }).first().click()
  const dialog = page.getByRole('dialog', { name: 'New orchestration' })
  await dialog.getByLabel('Name', { exact: true }).fill(name)
  await pick(page, dialog, 'Query', name)
  await pick(page, dialog, 'Destination', name)
  await dialog.getByLabel('List name').fill(name)
  await dialog.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('heading', { name, exact: true }).waitFor()
}

/** "Validate the audience with Pinterest by using a sample audience with a very small membership." */
async function sendSample({ page, name }: Walk): Promise<void> {
  await page.getByRole('button', { name: 'Send sample' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel(/members/i).fill('10')
  await dialog.getByRole('button', { name: 'Send sample' }).click()
  expect(await workflowOf(page)).toBe('succeeded')
  expect(onList(`${name} (sample)`)).toHaveLength(10)
  expect(onList(name)).toEqual([])
}

/** How the workflow that the page goes to has ended. */
async function workflowOf(page: Page): Promise<string> {
  await page.waitForURL(/\/workflows\/wf_\w+$/)
  const id = new URL(page.url()).pathname.split('/').at(-1) ?? ''
  const { state } = await ended(console.service, admin, id)
  return state
}

async function run({ page, name }: Walk): Promise<string> {
  await visit(page, 'Orchestrations')
  await page.getByRole('link', { name, exact: true }).first().click()
  await page.getByRole('button', { name: 'Run now' }).click()
  return workflowOf(page)
}

/** The alert in the pane, View Workflow, Show Resolutions, and the page of the action after Continue. */
async function openAction({ page, name }: Walk, title: string): Promise<void> {
  await visit(page, 'Destinations')
  const pane = await openPane(page)
  const card = pane
    .getByRole('listitem')
    .filter({ hasText: `${name} → ${name}` })
    .filter({ hasText: title })
  await card.first().getByRole('link', { name: 'View Workflow' }).click()
  await page.getByRole('button', { name: 'Show Resolutions' }).click()
  const dialog = page.getByRole('dialog', { name: 'Resolutions' })
  const choice = dialog.getByRole('radio', { name: title })
  await choice.waitFor()
  expect(await choice.isChecked()).toBe(true)
  await dialog.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('heading', { name: title }).waitFor()
}

async function resolve({ page }: Walk): Promise<void> {
  await page.getByRole('button', { name: 'Resolve' }).click()
  expect(await workflowOf(page)).toBe('succeeded')
}

/** "Not enough records": the query is edited to return more, and the workflow resolved. */
async function notEnoughRecords(walk: Walk): Promise<void> {
  const { page, name } = walk
  expect(await run(walk)).toBe('failed')
  // Too few for an audience of a new list, so nothing was sent.
  expect(onList(name)).toEqual([])
  await openAction(walk, 'Not enough records')
  await page.getByRole('main').getByRole('link', { name }).first().waitFor()
  await writeCustomers(console.service, name, people(120))
  await resolve(walk)
  expect(onList(name)).toEqual(membersOf(people(120)))
}

/** "Insufficient permissions": the role is given back in Pinterest, and the workflow resolved. */
async function insufficientPermissions(walk: Walk): Promise<void> {
  await writeCustomers(console.service, walk.name, people(130))
  control().setPermissions(AD_ACCOUNTS.owned, ['ANALYST'])
  expect(await run(walk)).toBe('failed')
  control().setPermissions(AD_ACCOUNTS.owned, ['OWNER'])
  await openAction(walk, 'Insufficient permissions')
  await walk.page.getByRole('link', { name: /opens a new tab/ }).waitFor()
  await resolve(walk)
  expect(onList(walk.name)).toEqual(membersOf(people(130)))
}

/** "Authorization error": the credential is authorized again, and the workflow resolved. */
async function authorizationError(walk: Walk): Promise<void> {
  const { page, name } = walk
  await writeCustomers(console.service, name, people(140))
  control().revokeTokens()
  expect(await run(walk)).toBe('failed')
  await openAction(walk, 'Authorization error')
  const action = page.url()
  await page.getByRole('listitem').filter({ hasText: 'Credential' }).getByRole('link', { name }).click()
  await page.getByRole('button', { name: 'Reauthorize' }).first().click()
  const dialog = page.getByRole('dialog', { name: `Reauthorize "${name}"` })
  await dialog.getByLabel('Refresh token').fill((await authorize(console.service.simulator)).refreshToken)
  await dialog.getByRole('button', { name: 'Reauthorize' }).click()
  await dialog.waitFor({ state: 'detached' })
  await page.goto(action)
  await resolve(walk)
  expect(onList(name)).toEqual(membersOf(people(140)))
}

describe('who may do all of it', () => {
  test.each([
    ['datagrid_administrator', ['Users and policies', 'Activity log']],
    ['datagrid_operator', []],
  ] as const)('the %s walks it from the credential to the last resolution', async (policy, ownTabs) => {
    const page = await console.signedIn(policy)
    const complaints = complaintsOf(page)
    const walk = { page, name: `Loyal customers of the ${policy}` }
    await configureCredential(walk)
    await addDestination(walk)
    await addQuery(walk)
    await addOrchestration(walk)
    await sendSample(walk)
    await notEnoughRecords(walk)
    await insufficientPermissions(walk)
    await authorizationError(walk)
    await inNavigation(page, 'Settings').click()
    const links = page.getByRole('navigation', { name: 'Settings' }).getByRole('link')
    // The page may be loaded only now.
    await links.first().waitFor()
    const tabs = await links.allInnerTexts()
    expect(tabs.filter((tab) => ['Users and policies', 'Activity log'].includes(tab))).toEqual(ownTabs)
    expect(complaints).toEqual([])
  })
})

describe('who may do a part', () => {
  test('the analyst writes queries and sends, and finds neither credentials nor destinations for admins', async () => {
    const open = await setUp(console.service, admin, { name: 'Open to analysts', emails: people(120) })
    const closed = await setUp(console.service, admin, { name: 'For admins', emails: people(120) })
    await admin.ok('PATCH', `/destinations/${closed.destination}`, { version: 1, adminOnly: true })
    const page = await console.signedIn('analyst')
    await inNavigation(page, 'Settings').click()
    const tabs = page.getByRole('navigation', { name: 'Settings' })
    await tabs.getByRole('link', { name: 'Profile' }).waitFor()
    expect(await tabs.getByRole('link', { name: 'Credentials' }).count()).toBe(0)
    await visit(page, 'Destinations')
    await page.getByRole('link', { name: 'Open to analysts' }).waitFor()
    expect(await page.getByRole('button', { name: 'New destinations' }).count()).toBe(0)
    expect(await page.getByRole('link', { name: 'For admins' }).count()).toBe(0)
    await page.goto(`/orchestrations/${closed.orchestration}`)
    await page.getByRole('alert').waitFor()

    await page.goto(`/queries/${open.query}`)
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await page.getByRole('cell', { name: 'person0@example.com' }).waitFor()
    await page.goto(`/orchestrations/${open.orchestration}`)
    await page.getByRole('button', { name: 'Run now' }).click()
    expect(await workflowOf(page)).toBe('succeeded')
    expect(onList('Open to analysts')).toEqual(membersOf(people(120)))
  })

  test('whose access to PII is restricted sees values masked, and neither destinations nor a way to send', async () => {
    const ids = await setUp(console.service, admin, { name: 'Restricted', emails: people(120) })
    await admin.ok('PATCH', `/destinations/${ids.destination}`, { version: 1, limitedPii: true })
    const page = await console.signedIn('analyst', {
      at: `/queries/${ids.query}`,
      grants: ['restrict_pii_access'],
    })
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await page.getByRole('cell', { name: '•••' }).first().waitFor()
    await page
      .getByText(/your access to personal data is restricted/i)
      .first()
      .waitFor()
    expect(await page.content()).not.toContain('person0@example.com')
    const used = '1 orchestration sends from this query. Your access does not include its destination.'
    await page.getByText(used, { exact: true }).waitFor()
    const draft = { sql: 'SELECT email FROM input LIMIT 100' }
    await admin.ok('PATCH', `/queries/${ids.query}`, { version: 2, draft })
    await page
      .getByText(
        /You cannot activate it: query "Restricted" is sent by an orchestration to a destination that/,
      )
      .waitFor()
    expect(await page.getByRole('button', { name: 'Activate' }).count()).toBe(0)
    await page.goto('/queries?search=Restricted')
    await page.getByRole('row', { name: 'Restricted' }).getByText(used, { exact: true }).waitFor()
    await visit(page, 'Destinations')
    await page.getByText(/There (is|are) \d+ destinations?\. Your access does not include/).waitFor()
    expect(await page.getByRole('link', { name: 'Restricted' }).count()).toBe(0)
    await page.goto(`/orchestrations/${ids.orchestration}`)
    await page.getByRole('alert').waitFor()
    expect(await page.getByRole('button', { name: 'Run now' }).count()).toBe(0)
  })

  test('who sees nothing of a kind is told how many there are', async () => {
    const counted = await setUp(console.service, admin, { name: 'Counted', emails: people(120) })
    const schedule = { version: 1, automatic: true, cron: '0 0 1 1 *' }
    await admin.ok('PATCH', `/orchestrations/${counted.orchestration}`, schedule)
    await runOf(console.service, admin, counted)
    const places = [
      ['/', /^There (is|are) \d+ lists?\. Your access does not include/],
      ['/destinations', /^There (is|are) \d+ destinations?\. Your access does not include/],
      ['/orchestrations', /^There (is|are) \d+ orchestrations?\. Your access does not include/],
      ['/workflows', /^There (is|are) \d+ workflows?\. Your access does not include/],
      [
        '/workflows/configured',
        /^There (is|are) \d+ automatic orchestrations?\. Your access does not include/,
      ],
    ] as const
    for (const [policy, shown] of [
      ['analyst', 5],
      ['marketer', 2],
    ] as const) {
      const page = await console.signedIn(policy, { grants: ['restrict_pii_access'] })
      for (const [path, words] of places.slice(0, shown)) {
        await page.goto(path)
        const said = page.locator('.empty-title')
        await said.waitFor()
        expect(await said.textContent()).toMatch(words)
      }
    }
  })

  test('who has limited access sends where the PII setting allows it, and sees values masked all the same', async () => {
    const ids = await setUp(console.service, admin, { name: 'Limited', emails: people(120) })
    await admin.ok('PATCH', `/destinations/${ids.destination}`, { version: 1, limitedPii: true })
    const page = await console.signedIn('analyst', {
      at: `/queries/${ids.query}`,
      grants: ['allow_limited_pii_access'],
    })
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await page.getByRole('cell', { name: '•••' }).first().waitFor()
    expect(await page.content()).not.toContain('person0@example.com')
    await page.goto(`/orchestrations/${ids.orchestration}`)
    await page.getByRole('button', { name: 'Run now' }).click()
    expect(await workflowOf(page)).toBe('succeeded')
    expect(onList('Limited')).toEqual(membersOf(people(120)))
  })
})
