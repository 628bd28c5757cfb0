import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { queriesRunHere } from '../support/queries-here.ts'
import { AD_ACCOUNTS } from '../../simulator/main.ts'
import { people, runOf, setUp, writeCustomers } from '../server/support.ts'
import type { Client, Ids, Service, WorkflowView } from '../server/support.ts'
import { choosePassword, complaintsOf, look, openConsole, openPane, signIn } from './console.ts'
import type { Console } from './console.ts'

queriesRunHere()

/** From sign-in to a resolved workflow, by clicking. */

let console: Console
let operator: Client

beforeAll(async () => {
  console = await openConsole()
  await console.service.startWorker()
  operator = await console.service.as(['datagrid_operator'])
})

afterAll(async () => {
  await console.close()
})

const run = (ids: Ids): Promise<WorkflowView> => runOf(console.service, operator, ids)

async function failedFor(name: string, count = 73): Promise<WorkflowView> {
  const ids = await setUp(console.service, operator, { name, emails: people(count) })
  return run(ids)
}

describe('sign-in', () => {
  test('a wrong password is refused in place with the request id; a one-time password must be changed', async () => {
    const page = await console.open()
    const complaints = complaintsOf(page)
    const person = await console.makeUser('datagrid_administrator')
    await signIn(page, { ...person, password: 'not the password' })
    const refusal = page.getByRole('alert')
    expect(await refusal.innerText()).toMatch(/Sign-in failed: .*\n*Request rq_/s)
    await look(page, 'sign-in-light')
    await page.getByLabel('Password', { exact: true }).fill(person.password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Choose a password' }).waitFor()
    await look(page, 'choose-password-light')
    await page.goto('/workflows')
    await choosePassword(page, person.password)
    expect(complaints).toEqual([])
  })

  test('signing out leads to the sign-in page, and signing in leads back to where one wanted to be', async () => {
    const page = await console.signedIn('datagrid_operator')
    await page.getByRole('button', { name: 'Account' }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await page.goto('/workflows?state=failed')
    await page.waitForURL('**/sign-in?next=*')
    expect(new URL(page.url()).searchParams.get('next')).toBe('/workflows?state=failed')
  })
})

describe('a failed workflow', () => {
  test('is told live, explained, resolved by its action and succeeds', async () => {
    const page = await console.signedIn('datagrid_operator')
    const complaints = complaintsOf(page)
    const failed = await failedFor('Lapsed customers')
    const pane = await openPane(page)
    const card = pane.getByRole('listitem').filter({ hasText: 'Lapsed customers → Lapsed customers' })
    await card.filter({ hasText: 'Not enough records' }).waitFor()
    await look(page, 'overview-light')
    await card.getByRole('link', { name: 'View Workflow' }).click()

    await page.getByRole('heading', { name: 'Lapsed customers', exact: true }).waitFor()
    expect(await page.getByRole('alert').innerText()).toContain('Not enough records')
    await look(page, 'workflow-failed-light')
    await page.getByRole('button', { name: 'Show Resolutions' }).click()
    const dialog = page.getByRole('dialog', { name: 'Resolutions' })
    await dialog.getByRole('radio', { name: 'Not enough records' }).waitFor()
    expect(await dialog.getByRole('radio', { name: 'Not enough records' }).isChecked()).toBe(true)
    expect(await dialog.innerText()).toContain('at least 100 valid e-mail addresses')
    await look(page, 'resolutions-light')
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await dialog.waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Show Resolutions' }).click()
    await dialog.getByRole('button', { name: 'Continue' }).click()

    await page.getByRole('heading', { name: 'Not enough records' }).waitFor()
    await look(page, 'action-light')
    await page.getByRole('link', { name: 'Lapsed customers' }).last().waitFor()
    await writeCustomers(console.service, 'Lapsed customers', people(120))
    await page.getByRole('button', { name: 'Resolve' }).click()

    await page.getByRole('heading', { name: 'Lapsed customers', exact: true }).waitFor()
    await page.getByRole('main').getByText('Succeeded').first().waitFor()
    await page.getByText('+120').first().waitFor()
    expect(page.url()).not.toContain(failed.id)
    await page.getByRole('tab', { name: 'Receipts' }).click()
    await page.getByRole('cell', { name: 'Add, batch 1' }).waitFor()
    await look(page, 'workflow-succeeded-light')
    expect(complaints).toEqual([])
  })

  test('of missing permissions links the ad account and the credential', async () => {
    const ids = await setUp(console.service, operator, { name: 'Newsletter', emails: people(120) })
    const { control } = console.service.simulator
    control.setPermissions(AD_ACCOUNTS.owned, ['ANALYST'])
    const failed = await run(ids)
    control.setPermissions(AD_ACCOUNTS.owned, ['OWNER'])
    const page = await console.signedIn('datagrid_operator', {
      at: `/workflows/${failed.id}/actions/insufficient_permissions`,
    })
    await page.getByRole('heading', { name: 'Insufficient permissions' }).waitFor()
    const link = page.getByRole('link', { name: /opens a new tab/ })
    expect(await link.getAttribute('href')).toBe(`https://ads.pinterest.com/advertiser/${AD_ACCOUNTS.owned}`)
    await page
      .getByRole('listitem')
      .filter({ hasText: 'Credential' })
      .getByRole('link', { name: 'Newsletter' })
      .waitFor()
  })

  test('who may only read is told so', async () => {
    const failed = await failedFor('Read only')
    const page = await console.signedIn('analyst_read_only', {
      at: `/workflows/${failed.id}?dialog=resolutions`,
    })
    const dialog = page.getByRole('dialog', { name: 'Resolutions' })
    await dialog.getByText('There is nothing for you to do here.').waitFor()
    expect(await dialog.getByRole('button', { name: 'Continue' }).count()).toBe(0)
  })
})

describe('the run history', () => {
  test('keeps filters and search in the address, and back undoes them', async () => {
    await failedFor('Filtered')
    const page = await console.signedIn('datagrid_operator')
    await page.getByRole('link', { name: 'Workflows' }).first().click()
    await page.getByRole('heading', { name: 'Workflows' }).waitFor()
    await page.getByLabel('State').selectOption('failed')
    await page.waitForURL('**/workflows?state=failed')
    await page.getByRole('main').getByLabel('Search').fill('Filtered')
    await page.waitForURL((url) => url.searchParams.get('search') === 'Filtered')
    await page.getByRole('cell', { name: 'Filtered' }).first().waitFor()
    await look(page, 'workflows-light')
    await page.goBack()
    await page.waitForURL('**/workflows')
    expect(await page.getByLabel('State').inputValue()).toBe('')
  })

  test('that cannot be read says so instead of waiting for rows, until it is there', async () => {
    await failedFor('Unread')
    const { db } = console.service.platform.store
    const back = sql`alter table if exists task_away rename to task`
    const page = await console.signedIn('datagrid_operator')
    const again = page.getByRole('main').getByRole('button', { name: 'Try again' })
    const table = page.getByRole('table', { name: 'Workflows, newest first' })
    await sql`alter table task rename to task_away`.execute(db)
    try {
      await page.getByRole('link', { name: 'Workflows' }).first().click()
      // The overview, which is left, cannot be read either.
      await page.getByRole('heading', { name: 'Workflows', level: 1 }).waitFor()
      await again.waitFor()
      // It is read again, and the answer is held back: the error stays as long.
      await db.transaction().execute(async (tx) => {
        await sql`lock table workflow in access exclusive mode`.execute(tx)
        await back.execute(db)
        // With the key, since something new may lie over it for a while.
        await again.press('Enter')
        await expect.poll(async () => waiting(db)).toBeGreaterThan(0)
        // What else reads workflows waits, too, so that the page may not have asked yet.
        await expect.poll(async () => [await again.count(), await table.count()]).toEqual([1, 0])
      })
      await table.waitFor()
      expect(await again.count()).toBe(0)
    } finally {
      await back.execute(db)
    }
  })
})

/** How many statements wait for a lock. */
async function waiting(db: Service['platform']['store']['db']): Promise<number> {
  const { rows } = await sql<{ waiting: number }>`
    select count(*)::integer as waiting from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'
  `.execute(db)
  return rows[0]?.waiting ?? 0
}

describe('after a dialog', () => {
  test('the way back leads neither into it again nor to what was deleted in it', async () => {
    const page = await console.signedIn('datagrid_operator')
    await page.getByRole('link', { name: 'Settings', exact: true }).click()
    await page.getByRole('link', { name: 'Data sources', exact: true }).click()
    await page.getByRole('button', { name: 'Add data source' }).first().click()
    const form = page.getByRole('dialog', { name: 'Add data source' })
    await form.getByLabel('Name').fill('There and back')
    await form.getByLabel('Folder').fill(console.service.inputDir)
    await form.getByLabel('Files', { exact: true }).last().fill('*.csv')
    await form.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { name: 'There and back' }).waitFor()
    await page.goBack()
    await page.waitForURL((url) => url.pathname === '/settings/data-sources')
    expect(new URL(page.url()).search).toBe('')
    await page.getByRole('link', { name: 'There and back' }).click()
    await page.getByRole('button', { name: 'More for There and back' }).click()
    await page.getByRole('menuitem', { name: 'Delete data source' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete data source' }).click()
    await page.waitForURL((url) => url.pathname === '/settings/data-sources')
    await page.goBack()
    await page.waitForURL((url) => !url.search.includes('dialog'))
    expect(await page.getByRole('dialog').count()).toBe(0)
  })
})
