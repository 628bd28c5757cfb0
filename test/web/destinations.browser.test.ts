import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { queriesRunHere } from '../support/queries-here.ts'
import { AD_ACCOUNTS } from '../../simulator/main.ts'
import { defaultLimits } from '../../src/base/limits.ts'
import { ended, people, setUp } from '../server/support.ts'
import type { Client } from '../server/support.ts'
import { look, openConsole, openPane } from './console.ts'
import type { Console } from './console.ts'
import { chooseMore, fillCredential, makeCredential, refreshToken } from './credential-form.ts'

/** Destinations in the console: made in steps, checked with Pinterest, edited. */

queriesRunHere()

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

async function newDestination(page: Page): Promise<Locator> {
  await page.getByRole('button', { name: 'New destinations' }).click()
  await page.getByRole('menuitem', { name: 'Orchestration' }).click()
  return page.getByRole('dialog', { name: 'New destination' })
}

interface Saved {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly version: number
}

async function saved(name: string): Promise<Saved | undefined> {
  const { items } = await operator.ok<{ items: Saved[] }>(
    'GET',
    `/destinations?search=${encodeURIComponent(name)}`,
  )
  return items.find((item) => item.name === name)
}

describe('a new destination', () => {
  test('is made in three steps, with a credential that is added on the way', async () => {
    const page = await console.signedIn('datagrid_operator', { at: '/destinations' })
    await page.getByRole('button', { name: 'New destinations' }).click()
    await page.getByRole('menuitem', { name: 'Orchestration' }).waitFor()
    await look(page, 'destinations-menu-light')
    await page.keyboard.press('Escape')
    const dialog = await newDestination(page)
    await dialog.getByLabel('Search').fill('mail')
    await dialog.getByText('No matches').waitFor()
    await dialog.getByRole('button', { name: 'Continue' }).click()
    await dialog.getByText('Choose where to send to.').waitFor()
    await dialog.getByLabel('Search').fill('pin')
    expect(await dialog.getByRole('radio', { name: 'Pinterest' }).isChecked()).toBe(true)
    await look(page, 'destination-choose-light')
    await dialog.getByRole('button', { name: 'Continue' }).click()

    await dialog.getByRole('combobox', { name: 'Credential' }).fill('no such')
    await page.getByText('No matches').waitFor()
    await page.keyboard.press('Enter')
    await dialog.getByText('Choose a credential.').waitFor()
    await page.keyboard.press('Escape')
    await dialog.getByRole('radio', { name: 'Add credential' }).check()
    await fillCredential(console, dialog, 'Added on the way', await refreshToken(console))
    await look(page, 'destination-credential-light')
    await dialog.getByRole('button', { name: 'Continue' }).click()

    await dialog.getByRole('checkbox', { name: 'Admin only' }).waitFor()
    await dialog.getByLabel('Name', { exact: true }).fill('Northwind US')
    await dialog.getByLabel('Description').fill('All campaigns of the outdoor shop')
    await dialog.getByRole('checkbox', { name: 'Admin only' }).check()
    await dialog.getByRole('combobox', { name: 'Ad account ID' }).fill('outdoor')
    await page.getByRole('option', { name: 'Northwind Outdoor' }).waitFor()
    await page.getByRole('option', { name: 'Northwind Outdoor' }).click()
    await dialog.getByText('Northwind Outdoor · Owner · USD').waitFor()
    await dialog.getByText('Limits').click()
    await dialog.getByLabel('Retry a failed task for, in minutes').fill('30')
    await look(page, 'destination-settings-light')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { name: 'Northwind US' }).waitFor()
    await page.getByText('Nothing is sent to it yet.').waitFor()
    await look(page, 'destination-new-light')
    expect(await saved('Northwind US')).toMatchObject({
      description: 'All campaigns of the outdoor shop',
      credential: { name: 'Added on the way' },
      adminOnly: true,
      limitedPii: false,
      adAccount: { id: AD_ACCOUNTS.owned },
      limits: { taskWaitForMs: 30 * 60_000 },
    })
  })

  test('that Pinterest refuses says what was checked, is not saved, and can be corrected and saved', async () => {
    await makeCredential(console, operator, 'For refusals')
    const page = await console.signedIn('datagrid_operator', { at: '/destinations?dialog=new' })
    const dialog = page.getByRole('dialog', { name: 'New destination' })
    await dialog.getByRole('radio', { name: 'Pinterest' }).check()
    await dialog.getByRole('button', { name: 'Continue' }).click()
    await dialog.getByRole('combobox', { name: 'Credential' }).fill('For ref')
    await page.getByRole('option', { name: 'For refusals' }).waitFor()
    await page.getByRole('option', { name: 'For refusals' }).click()
    await dialog.getByRole('button', { name: 'Continue' }).click()
    await dialog.getByLabel('Name', { exact: true }).fill('Refused')
    const account = dialog.getByRole('combobox', { name: 'Ad account ID' })
    await account.fill('ACME-1')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByText('An ad account ID has 1 to 18 digits.').waitFor()
    await account.fill(AD_ACCOUNTS.analyst)
    await dialog.getByText('this role may not manage customer lists').waitFor()
    await page.keyboard.press('Escape')
    await dialog.getByRole('button', { name: 'Save' }).click()
    const refusal = dialog.getByRole('alert')
    await refusal.getByText('Nothing was saved.').waitFor()
    expect(await refusal.getByRole('list').first().getByRole('listitem').allInnerTexts()).toEqual([
      'Token accepted',
      'Ad account "Harbour Media reports" found',
      expect.stringContaining('Insufficient permissions'),
      'Customer lists not read',
    ])
    await look(page, 'destination-refused-light')
    expect(await saved('Refused')).toBeUndefined()
    await dialog.getByRole('button', { name: 'Back' }).click()
    await dialog.getByRole('button', { name: 'Continue' }).click()
    expect(await dialog.getByLabel('Name', { exact: true }).inputValue()).toBe('Refused')
    await account.fill(AD_ACCOUNTS.audienceManager)
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { name: 'Refused' }).waitFor()
    expect(await saved('Refused')).toMatchObject({ adAccount: { id: AD_ACCOUNTS.audienceManager } })
  })

  test('is made with the keyboard alone', async () => {
    await makeCredential(console, operator, 'By keyboard')
    await makeCredential(console, operator, 'Beside it')
    const page = await console.signedIn('datagrid_operator', { at: '/destinations' })
    await page.getByRole('button', { name: 'New destinations' }).focus()
    await page.keyboard.press('Enter')
    const item = page.getByRole('menuitem', { name: 'Orchestration' })
    await item.waitFor()
    // The menu takes the focus a moment after it is seen.
    await expect
      .poll(async () => {
        await page.keyboard.press('ArrowDown')
        return item.evaluate((element) => element.matches(':focus'))
      })
      .toBe(true)
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'New destination' })
    await isFocused(dialog.getByLabel('Search'))
    await page.keyboard.type('pin')
    await page.keyboard.press('Enter')
    await isFocused(dialog.getByRole('radio', { name: 'Existing credential' }))
    await page.keyboard.press('Tab')
    await page.keyboard.type('By keyb')
    const option = dialog.getByRole('option')
    await expect.poll(async () => option.allInnerTexts()).toEqual(['By keyboard'])
    await page.keyboard.press('ArrowDown')
    await expect.poll(async () => option.getAttribute('data-combobox-selected')).toBe('true')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Enter')
    await isFocused(dialog.getByLabel('Name', { exact: true }))
    await page.keyboard.type('By keyboard')
    for (let tabs = 0; tabs < 5; tabs += 1) await page.keyboard.press('Tab')
    await isFocused(dialog.getByRole('combobox', { name: 'Ad account ID' }))
    await page.keyboard.type(AD_ACCOUNTS.admin)
    await page.keyboard.press('Escape')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'By keyboard' }).waitFor()
    expect(await saved('By keyboard')).toBeDefined()
  })
})

async function isFocused(field: Locator): Promise<void> {
  await expect.poll(async () => field.evaluate((element) => element.matches(':focus'))).toBe(true)
}

describe('a destination', () => {
  test('shows what is sent to it and what became of it, and the pane beside tells of the error live', async () => {
    const ids = await setUp(console.service, operator, { name: 'Too few', emails: people(40) })
    const page = await console.signedIn('datagrid_operator', { at: '/destinations' })
    await page.getByRole('cell', { name: 'Too few' }).first().waitFor()
    const { workflow } = await operator.ok<{ workflow: string }>(
      'POST',
      `/orchestrations/${ids.orchestration}/run`,
    )
    await ended(console.service, operator, workflow)
    const pane = await openPane(page)
    const card = pane.getByRole('listitem').filter({ hasText: 'Too few' })
    await card.filter({ hasText: 'Not enough records' }).waitFor()
    await look(page, 'destinations-error-light')
    expect(await card.getByRole('link', { name: 'View Workflow' }).getAttribute('href')).toBe(
      `/workflows/${workflow}`,
    )
    await page.getByRole('link', { name: 'Too few', exact: true }).first().click()
    const orchestrations = page.getByRole('table', { name: 'Orchestrations that send to it' })
    await orchestrations.getByRole('link', { name: 'Too few' }).first().waitFor()
    const workflows = page.getByRole('table', { name: 'Workflows of this destination' })
    await workflows.getByText('Not enough records').waitFor()
    await look(page, 'destination-light')
    await page.getByRole('link', { name: 'All workflows' }).click()
    await page.waitForURL(`**/workflows?destinationId=${ids.destination}`)
  })

  test('is checked, edited over what somebody else saved, copied, and deleted only once nothing uses it', async () => {
    const ids = await setUp(console.service, operator, { name: 'Edited', emails: people(3) })
    const { control } = console.service.simulator
    const page = await console.signedIn('datagrid_operator', { at: `/destinations/${ids.destination}` })
    control.setPermissions(AD_ACCOUNTS.owned, ['ANALYST'])
    await page.getByRole('button', { name: 'Check with Pinterest' }).click()
    await page.getByText('Pinterest does not accept it.').waitFor()
    control.setPermissions(AD_ACCOUNTS.owned, ['OWNER'])
    await page.getByRole('button', { name: 'Check with Pinterest' }).click()
    await page.getByText('Pinterest accepts it.').waitFor()
    await look(page, 'destination-checked-light')

    await page.getByRole('button', { name: 'Edit', exact: true }).click()
    const dialog = page.getByRole('dialog', { name: 'Destination settings' })
    await dialog.getByRole('checkbox', { name: 'PII setting' }).check()
    await dialog.getByRole('combobox', { name: 'Ad account ID' }).fill(AD_ACCOUNTS.admin)
    await page.keyboard.press('Escape')
    await dialog.getByText('1 orchestration of this destination would keep a list').waitFor()
    await operator.ok('PATCH', `/destinations/${ids.destination}`, { version: 1, description: 'Theirs' })
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByText('They changed: Description.').waitFor()
    await look(page, 'destination-changed-meanwhile-light')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.waitFor({ state: 'detached' })
    expect(await saved('Edited')).toMatchObject({
      description: 'Theirs',
      limitedPii: true,
      adAccount: { id: AD_ACCOUNTS.admin },
    })

    await chooseMore(page, 'Edited', 'Delete')
    const inUse = page.getByRole('dialog', { name: 'This destination is in use' })
    await inUse.getByText('1 orchestration sends to it.').waitFor()
    expect(await inUse.getByRole('button', { name: /^Delete/ }).count()).toBe(0)
    await inUse.getByText('Close', { exact: true }).click()
    await inUse.waitFor({ state: 'detached' })
    await chooseMore(page, 'Edited', 'Copy')
    const copy = page.getByRole('dialog', { name: 'Copy "Edited"' })
    await copy.getByLabel('Name', { exact: true }).fill('Edited')
    await copy.getByRole('button', { name: 'Copy' }).click()
    await copy.getByRole('alert').getByText('Name taken').waitFor()
    await copy.getByLabel('Name', { exact: true }).fill('Edited twice')
    await copy.getByRole('button', { name: 'Copy' }).click()
    await page.getByRole('heading', { name: 'Edited twice' }).waitFor()
    await chooseMore(page, 'Edited twice', 'Delete')
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.waitForURL('**/destinations')
    expect(await saved('Edited twice')).toBeUndefined()
  })

  test('its limits say the defaults that are in force', async () => {
    const ids = await setUp(console.service, operator, { name: 'Limits', emails: people(3) })
    const page = await console.signedIn('datagrid_operator', {
      at: `/destinations/${ids.destination}?dialog=edit`,
    })
    const dialog = page.getByRole('dialog', { name: 'Destination settings' })
    await dialog.locator('summary').filter({ hasText: 'Limits' }).click()
    const shown = async (label: string) => dialog.getByLabel(label).getAttribute('placeholder')
    const { taskWaitMs, taskWaitForMs, writesPerMinute, readsPerMinute } = defaultLimits
    expect([
      await shown('Pause before each retry of a failed task, in minutes'),
      await shown('Retry a failed task for, in minutes'),
      await shown('Writes per minute'),
      await shown('Reads per minute'),
    ]).toEqual(
      [taskWaitMs / 60_000, taskWaitForMs / 60_000, writesPerMinute, readsPerMinute].map((limit) =>
        limit.toLocaleString('en-US'),
      ),
    )
  })

  test('offers no change to who may only read, and no credential to who may not see any', async () => {
    const ids = await setUp(console.service, operator, { name: 'Only read', emails: people(3) })
    for (const policy of ['datagrid_operator_read_only', 'marketer'] as const) {
      const page = await console.signedIn(policy, { at: `/destinations/${ids.destination}?dialog=edit` })
      await page.getByRole('heading', { name: 'Only read', exact: true }).waitFor()
      const main = page.getByRole('main')
      for (const name of ['Edit', 'Check with Pinterest', /^More for/])
        expect(await main.getByRole('button', { name }).count()).toBe(0)
      expect(await page.getByRole('dialog').count()).toBe(0)
      expect(await main.locator(`a[href$="${ids.credential}"]`).count()).toBe(policy === 'marketer' ? 0 : 1)
      await page.goto('/destinations?dialog=new')
      await page.getByRole('link', { name: 'Only read' }).first().waitFor()
      expect(await page.getByRole('button', { name: 'New destinations' }).count()).toBe(0)
      expect(await page.getByRole('dialog').count()).toBe(0)
    }
    const page = await console.signedIn('datagrid_operator_read_only', {
      at: `/settings/credentials/${ids.credential}?dialog=edit`,
    })
    await page
      .getByRole('table', { name: 'Ad accounts it reaches' })
      .getByText('Owner', { exact: true })
      .waitFor()
    expect(
      await page
        .getByRole('main')
        .getByRole('button', { name: /Edit|More for/ })
        .count(),
    ).toBe(0)
    expect(await page.getByRole('dialog').count()).toBe(0)
  })
})
