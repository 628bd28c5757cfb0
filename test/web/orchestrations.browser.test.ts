import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { queriesRunHere } from '../support/queries-here.ts'
import { defaultLimits } from '../../src/base/limits.ts'
import { ended, people, setUp } from '../server/support.ts'
import type { Client, Ids } from '../server/support.ts'
import { look, openConsole, pick } from './console.ts'
import type { Console } from './console.ts'

queriesRunHere()

/** Orchestrations in the console: made, scheduled, edited by two people at once, sampled, run and deleted. */

let console: Console
let operator: Client
let ids: Ids

beforeAll(async () => {
  console = await openConsole()
  await console.service.startWorker()
  operator = await console.service.as(['datagrid_operator'])
  ids = await setUp(console.service, operator, { name: 'Loyal customers', emails: people(150) })
})

afterAll(async () => {
  await console.close()
})

/** Another orchestration of the same query, with a list of its own. */
async function another(name: string, more: object = {}): Promise<string> {
  const { id } = await operator.ok<{ id: string }>('POST', '/orchestrations', {
    name,
    listName: name,
    queryId: ids.query,
    destinationId: ids.destination,
    ...more,
  })
  return id
}

interface Saved {
  readonly name: string
  readonly automatic: boolean
  readonly schedule: { readonly cron: string; readonly timeZone: string } | null
  readonly limits: object
  readonly list: { readonly name: string }
  readonly adopt: boolean
}

async function saved(id: string): Promise<Saved> {
  return operator.ok<Saved>('GET', `/orchestrations/${id}`)
}

/** The id of the orchestration that the page shows. */
async function shownId(page: Page): Promise<string> {
  await page.waitForURL(/\/orchestrations\/or_\w+/)
  return /or_\w+/.exec(page.url())?.[0] ?? ''
}

describe('a new orchestration', () => {
  test('is made by clicking, with a schedule that is said in words, and its page shows the next runs', async () => {
    const page = await console.signedIn('datagrid_operator')
    await page.getByRole('link', { name: 'Orchestrations' }).first().click()
    await page.getByRole('cell', { name: 'Loyal customers' }).first().waitFor()
    await look(page, 'orchestrations-light')
    await page.getByRole('button', { name: 'New orchestration' }).click()
    const dialog = page.getByRole('dialog', { name: 'New orchestration' })
    await dialog.getByLabel('Name', { exact: true }).fill('Newsletter')
    await pick(page, dialog, 'Query', 'Loyal customers')
    await dialog.getByRole('combobox', { name: 'Destination' }).click()
    await dialog.getByRole('option', { name: 'Loyal customers' }).waitFor()
    await look(page, 'orchestration-picking-light')
    await pick(page, dialog, 'Destination', 'Loyal customers')
    await dialog.getByLabel('List name').fill('Newsletter readers')
    await dialog.getByRole('radio', { name: 'Automatic' }).check()
    await dialog.getByLabel('Runs', { exact: true }).selectOption('on chosen days of the week')
    await dialog.getByRole('checkbox', { name: 'Thursday' }).check()
    await dialog.getByLabel('At', { exact: true }).fill('23:15')
    await pick(page, dialog, 'Time zone', 'Europe/Berlin')
    await dialog.getByText('Mondays and Thursdays at 23:15 Europe/Berlin').waitFor()
    await dialog.getByText('Next runs (Europe/Berlin)').waitFor()
    await dialog.getByText('Limits').click()
    await dialog.getByLabel('Batch size').fill('5000')
    await look(page, 'new-orchestration-light')
    const save = dialog.getByRole('button', { name: 'Save' })
    const slow = Promise.withResolvers<undefined>()
    await page.route('**/orchestration-page*.js', async (route) => route.continue(await slow.promise))
    await save.click()
    await page.getByText('"Newsletter" is saved').waitFor()
    await expect.poll(() => save.isDisabled()).toBe(true)
    slow.resolve(undefined)
    await page.getByRole('heading', { name: 'Newsletter', exact: true }).waitFor()
    await page.getByText('Mondays and Thursdays at 23:15 Europe/Berlin').waitFor()
    expect(await page.getByRole('region', { name: 'Schedule' }).getByRole('listitem').count()).toBe(5)
    await look(page, 'orchestration-new-light')
    expect(await saved(await shownId(page))).toMatchObject({
      schedule: { cron: '15 23 * * 1,4', timeZone: 'Europe/Berlin' },
      list: { name: 'Newsletter readers' },
      limits: { batchSize: 5000 },
      adopt: false,
    })
    await page.getByRole('link', { name: 'Workflows', exact: true }).click()
    await page.getByRole('link', { name: 'Configured' }).click()
    const configured = page.getByRole('table', { name: 'Automatic orchestrations' })
    await configured
      .getByRole('row')
      .filter({ hasText: 'Mondays and Thursdays at 23:15 Europe/Berlin' })
      .waitFor()
    expect(await configured.getByRole('link', { name: 'Loyal customers' }).count()).toBe(2)
  })

  test('says what to do first when there is nothing to send to', async () => {
    const page = await console.signedIn('analyst', {
      at: '/orchestrations?dialog=new',
      grants: ['allow_limited_pii_access'],
    })
    const dialog = page.getByRole('dialog', { name: 'New orchestration' })
    // It is there, and an analyst can add none: that is what it says.
    await dialog.getByText('Your access includes no destination that you may send to.').waitFor()
    await dialog.getByText('Ask an administrator for one.').waitFor()
    expect(await dialog.getByRole('link', { name: 'destination' }).count()).toBe(0)
    expect(await dialog.getByText('There is no query yet.').count()).toBe(0)
  })

  test('warns of a query that is only a draft, and leads to it', async () => {
    const page = await console.signedIn('datagrid_operator')
    await operator.ok('POST', '/queries', {
      name: 'Only a draft',
      dataSourceId: ids.dataSource,
      draft: { sql: 'SELECT email FROM input' },
    })
    await page.goto('/orchestrations?dialog=new')
    const dialog = page.getByRole('dialog', { name: 'New orchestration' })
    await pick(page, dialog, 'Query', 'Only a draft')
    const link = dialog.getByRole('link', { name: /Open it to activate it/ })
    expect(await link.getAttribute('href')).toMatch(/^\/queries\/qy_/)
  })

  test('a wrong cron is refused in place while it is typed, and nothing typed is lost by Escape or the way back without asking', async () => {
    const page = await console.signedIn('analyst', { at: '/orchestrations' })
    await page.getByRole('button', { name: 'New orchestration' }).click()
    const dialog = page.getByRole('dialog', { name: 'New orchestration' })
    await dialog.getByRole('radio', { name: 'Automatic' }).check()
    await dialog.getByLabel('Runs', { exact: true }).selectOption('by a cron expression')
    expect(await dialog.getByLabel('Cron expression').inputValue()).toBe('30 2 * * *')
    await dialog.getByLabel('Cron expression').fill('30 25 * * *')
    await dialog.getByText('the hour field "25"').waitFor()
    expect(await dialog.getByLabel('Cron expression').getAttribute('aria-invalid')).toBe('true')
    await look(page, 'orchestration-wrong-cron-light')
    await page.keyboard.press('Escape')
    const question = page.getByRole('dialog', { name: 'Discard what you typed?' })
    await question.waitFor()
    await page.keyboard.press('Escape')
    await question.waitFor({ state: 'detached' })
    await page.goBack()
    await question.getByRole('button', { name: 'Cancel' }).click()
    await page.waitForURL('**/orchestrations?dialog=new')
    expect(await dialog.getByLabel('Cron expression').inputValue()).toBe('30 25 * * *')
    await page.goBack()
    await question.getByRole('button', { name: 'Discard' }).click()
    await dialog.waitFor({ state: 'detached' })
    expect(new URL(page.url()).search).toBe('')
  })

  test('is made with the keyboard alone', async () => {
    const page = await console.signedIn('analyst', { at: '/orchestrations' })
    await page.getByRole('button', { name: 'New orchestration' }).focus()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'New orchestration' })
    await expect.poll(() => focused(page)).toBe('Name')
    await page.keyboard.type('By keyboard')
    await page.keyboard.press('Tab')
    await page.keyboard.type('Loyal')
    await page.getByRole('option', { name: 'Loyal customers' }).waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    await page.keyboard.type('Loyal')
    await page.getByRole('option', { name: 'Loyal customers' }).waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    await page.keyboard.type('By keyboard')
    await page.keyboard.press('Enter')
    await dialog.waitFor({ state: 'detached' })
    await page.getByRole('heading', { name: 'By keyboard', exact: true }).waitFor()
  })
})

/** Label of the field that has the focus. */
async function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const { document } = globalThis as unknown as {
      document: { activeElement: { labels?: Iterable<{ textContent: string }> } | null }
    }
    return [...(document.activeElement?.labels ?? [])].map(({ textContent }) => textContent).join()
  })
}

describe('editing', () => {
  test('shows a saved cron in fields; what somebody else saved meanwhile is kept, and so is what was typed', async () => {
    const id = await another('Two editors', {
      automatic: true,
      cron: '0 9 * * mon-fri',
      timeZone: 'Asia/Tokyo',
    })
    const page = await console.signedIn('datagrid_operator', { at: `/orchestrations/${id}?dialog=edit` })
    const dialog = page.getByRole('dialog', { name: 'Edit orchestration' })
    expect(await dialog.getByLabel('Runs', { exact: true }).inputValue()).toBe('weekdays')
    expect(await dialog.getByLabel('At', { exact: true }).inputValue()).toBe('09:00')
    await dialog.getByLabel('At', { exact: true }).fill('10:30')
    await operator.ok('PATCH', `/orchestrations/${id}`, { limits: { removalPercentMax: 5 }, version: 1 })
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByText('This orchestration was saved after you opened it').waitFor()
    await dialog.getByText('They changed: Limits.').waitFor()
    expect(await dialog.getByLabel('At', { exact: true }).inputValue()).toBe('10:30')
    await look(page, 'orchestration-changed-meanwhile-light')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.waitFor({ state: 'detached' })
    expect(await saved(id)).toMatchObject({
      schedule: { cron: '30 10 * * 1-5', timeZone: 'Asia/Tokyo' },
      limits: { removalPercentMax: 5 },
    })
  })

  test('names what is missing beside its field', async () => {
    const id = await another('No day', { automatic: true, cron: '0 9 * * 1', timeZone: 'UTC' })
    const page = await console.signedIn('datagrid_operator', { at: `/orchestrations/${id}?dialog=edit` })
    const dialog = page.getByRole('dialog', { name: 'Edit orchestration' })
    await dialog.getByText('Mondays at 09:00 UTC').waitFor()
    await dialog.getByRole('checkbox', { name: 'Monday' }).uncheck()
    await dialog.getByText('at 09:00').waitFor({ state: 'detached' })
    await dialog.getByRole('button', { name: 'Save' }).click()
    expect(await dialog.getByRole('alert').innerText()).toBe('Choose at least one day of the week.')
  })

  test('the limits say the defaults that are in force', async () => {
    const page = await console.signedIn('datagrid_operator', { at: '/orchestrations?dialog=new' })
    const dialog = page.getByRole('dialog', { name: 'New orchestration' })
    await dialog.getByText('Limits').click()
    const shown = async (label: string) => dialog.getByLabel(label).getAttribute('placeholder')
    const { removalPercentMax, removalCountMax, additionPercentMax, batchSize } = defaultLimits
    expect([
      await shown('Largest removal, in percent'),
      await shown('Largest removal, in members'),
      await shown('Largest addition, in percent'),
      await shown('Batch size'),
    ]).toEqual(
      [removalPercentMax, removalCountMax, additionPercentMax, batchSize].map((limit) =>
        limit.toLocaleString('en-US'),
      ),
    )
  })
})

/** A run that is refused leads to the one that is in its way, and is not spoken of once something else is done. */
async function refusedToRun(page: Page): Promise<void> {
  const { service } = console
  const { version } = await operator.ok<{ version: number }>('GET', `/destinations/${ids.destination}`)
  // Pinterest is away, so that the run in its way goes on waiting until it is stopped.
  const limits = { taskWaitMs: 600_000, taskWaitForMs: 6_000_000 }
  await operator.ok('PATCH', `/destinations/${ids.destination}`, { version, limits })
  service.simulator.faults.plan({ rules: [{ operation: '*', kind: '503', times: 1_000_000 }] })
  const { workflow } = await operator.ok<{ workflow: string }>(
    'POST',
    `/orchestrations/${ids.orchestration}/run`,
  )
  await page.getByRole('button', { name: 'Run now' }).click()
  const refusal = page.getByRole('main').getByRole('alert').filter({ hasText: 'Already running' })
  const link = refusal.getByRole('link', { name: 'View Workflow' })
  expect(await link.getAttribute('href')).toBe(`/workflows/${workflow}`)
  service.simulator.faults.clear()
  await operator.ok('POST', `/workflows/${workflow}/stop`)
  await ended(service, operator, workflow)
  for (const verb of ['Disable', 'Enable']) {
    await page.getByRole('button', { name: 'More for Loyal customers' }).click()
    await page.getByRole('menuitem', { name: verb }).click()
    await refusal.waitFor({ state: 'detached' })
  }
}

describe('an orchestration', () => {
  test('is sampled first, then run, copied, disabled and deleted', async () => {
    const page = await console.signedIn('datagrid_operator', { at: `/orchestrations/${ids.orchestration}` })
    await page.getByText('Send a sample first').waitFor()
    await page.getByRole('button', { name: 'Send sample' }).click()
    const dialog = page.getByRole('dialog', { name: 'Send sample' })
    await dialog.getByText('Loyal customers (sample)').waitFor()
    expect(await dialog.getByLabel('Number of members').inputValue()).toBe('100')
    await look(page, 'orchestration-sample-light')
    await dialog.getByRole('button', { name: 'Send sample' }).click()
    await page.getByRole('heading', { name: 'Loyal customers (sample)' }).waitFor()
    await page.getByRole('main').getByText('Succeeded').first().waitFor()

    await page.goto(`/orchestrations/${ids.orchestration}`)
    await page.getByText('A sample of 100 members was sent.').waitFor()
    await look(page, 'orchestration-sampled-light')
    await page.getByRole('button', { name: 'Run now' }).click()
    await page.waitForURL('**/workflows/wf_*')
    await page.getByText('+150').first().waitFor()
    await page.getByRole('main').getByText('Succeeded').first().waitFor()

    await ended(console.service, operator, new URL(page.url()).pathname.split('/').at(-1) ?? '')
    await page.goto(`/orchestrations/${ids.orchestration}`)
    await refusedToRun(page)
    await page.getByRole('button', { name: 'More for Loyal customers' }).click()
    await look(page, 'orchestration-menu-light')
    await page.getByRole('menuitem', { name: 'Copy' }).click()
    const copy = page.getByRole('dialog', { name: 'Copy "Loyal customers"' })
    await copy.getByLabel('Name', { exact: true }).fill('Loyal twice')
    await copy.getByLabel('List name').fill('Loyal customers')
    await copy.getByRole('button', { name: 'Copy' }).click()
    await copy.getByRole('alert').waitFor()
    await look(page, 'orchestration-copy-refused-light')
    await copy.getByLabel('List name').fill('Loyal twice')
    await copy.getByRole('button', { name: 'Copy' }).click()
    await page.getByRole('heading', { name: 'Loyal twice' }).waitFor()

    await page.getByRole('button', { name: 'More for Loyal twice' }).click()
    await page.getByRole('menuitem', { name: 'Disable' }).click()
    await page.getByRole('main').getByText('Disabled').waitFor()
    await page.getByRole('button', { name: 'More for Loyal twice' }).click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    const confirm = page.getByRole('dialog', { name: 'Delete orchestration "Loyal twice"?' })
    await confirm.getByText('stays in Pinterest as it is').waitFor()
    await look(page, 'orchestration-delete-light')
    await confirm.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('heading', { name: 'Orchestrations', exact: true }).waitFor()
    await page.getByRole('cell', { name: 'Loyal customers' }).first().waitFor()
    expect(await page.getByRole('link', { name: 'Loyal twice' }).count()).toBe(0)
  })

  test('that somebody else deletes says so to who looks at it', async () => {
    const id = await another('Deleted meanwhile')
    const page = await console.signedIn('datagrid_operator', { at: `/orchestrations/${id}` })
    await page.getByRole('heading', { name: 'Deleted meanwhile' }).waitFor()
    await operator.ok('DELETE', `/orchestrations/${id}`)
    const notice = page.getByRole('alert')
    await notice.waitFor()
    expect(await notice.innerText()).toContain(`there is no orchestration ${id}`)
  })

  test('is found by its name, which stays in the address', async () => {
    await another('Lapsed customers')
    const page = await console.signedIn('analyst_read_only', { at: '/orchestrations' })
    await page.getByRole('link', { name: 'Loyal customers' }).first().waitFor()
    await page.getByRole('main').getByLabel('Search').fill('laps')
    await page.waitForURL('**/orchestrations?search=laps')
    await expect.poll(() => page.getByRole('row').count()).toBe(2)
    expect(await page.getByRole('row').nth(1).innerText()).toContain('Lapsed customers')
  })

  test('offers no change to who may only read, also not by its address', async () => {
    const page = await console.signedIn('analyst_read_only', {
      at: `/orchestrations/${ids.orchestration}?dialog=edit`,
    })
    await page.getByRole('heading', { name: 'Loyal customers', exact: true }).waitFor()
    const main = page.getByRole('main')
    for (const name of ['Run now', 'Send sample', /^More for/])
      expect(await main.getByRole('button', { name }).count()).toBe(0)
    expect(await page.getByRole('dialog').count()).toBe(0)
    await page.goto('/orchestrations?dialog=new')
    await page.getByRole('link', { name: 'Loyal customers' }).first().waitFor()
    expect(await page.getByRole('button', { name: 'New orchestration' }).count()).toBe(0)
    expect(await page.getByRole('dialog').count()).toBe(0)
  })
})
