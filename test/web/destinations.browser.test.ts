import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { queriesRunHere } from '../support/queries-here.ts'
import { AD_ACCOUNTS, SENTINEL_TOKENS } from '../../simulator/main.ts'
import { defaultLimits } from '../../src/base/limits.ts'
import { authorize, ended, people, setUp } from '../server/support.ts'
import type { Client } from '../server/support.ts'
import { look, openConsole, openPane } from './console.ts'
import type { Console } from './console.ts'

queriesRunHere()

/** Credentials and destinations in the console: added, checked with Pinterest, edited, and never showing a secret. */

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

async function refreshToken(): Promise<string> {
  return (await authorize(console.service.simulator)).refreshToken
}

async function credential(name: string, token?: string): Promise<string> {
  const { app } = console.service.simulator
  const body = { name, appId: app.id, appSecret: app.secret, refreshToken: token ?? (await refreshToken()) }
  return (await operator.ok<{ id: string }>('POST', '/credentials', body)).id
}

async function fillCredential(dialog: Locator, name: string, token: string): Promise<void> {
  const { app } = console.service.simulator
  await dialog.getByLabel('Name', { exact: true }).fill(name)
  await dialog.getByLabel('App ID').fill(app.id)
  await dialog.getByLabel('App secret').fill(app.secret)
  await dialog.getByLabel('Refresh token').fill(token)
}

async function chooseMore(page: Page, name: string, word: string): Promise<void> {
  await page.getByRole('button', { name: `More for ${name}` }).click()
  await page.getByRole('menuitem', { name: word }).click()
}

describe('a credential', () => {
  test('is added by clicking, shows what it reaches, and never shows its secrets again', async () => {
    const page = await console.signedIn('datagrid_operator')
    await page.getByRole('link', { name: 'Settings', exact: true }).click()
    await page.getByText('There is no credential yet.').waitFor()
    await look(page, 'credentials-empty-light')
    await page.getByRole('button', { name: 'Add credential' }).click()
    const dialog = page.getByRole('dialog', { name: 'Credential settings' })
    expect(await dialog.getByLabel('Plugin').inputValue()).toBe('Pinterest')
    await fillCredential(dialog, 'Northwind', await refreshToken())
    for (const secret of ['App secret', 'Refresh token'])
      expect(await dialog.getByLabel(secret).getAttribute('type')).toBe('password')
    await look(page, 'credential-new-light')
    await dialog.getByRole('button', { name: 'Save' }).click()

    await page.getByRole('heading', { name: 'Northwind' }).waitFor()
    const reached = page.getByRole('table', { name: 'Ad accounts it reaches' })
    const owned = reached.getByRole('row').filter({ hasText: AD_ACCOUNTS.owned })
    expect(await owned.innerText()).toMatch(/Northwind Outdoor.*Owner.*May manage/s)
    const reports = reached.getByRole('row').filter({ hasText: AD_ACCOUNTS.analyst })
    expect(await reports.innerText()).toContain('May not manage')
    await page.getByText('Works').first().waitFor()
    await look(page, 'credential-light')
    expect(await page.content()).not.toMatch(/pinr\./)
  })

  test('that is the only one needs no choosing for a new destination, and nor does the only kind', async () => {
    const { items } = await operator.ok<{ items: unknown[] }>('GET', '/credentials')
    if (items.length === 0) await credential('Only')
    const page = await console.signedIn('datagrid_operator')
    await page.goto('/destinations?dialog=new')
    const dialog = page.getByRole('dialog', { name: 'New destination' })
    const kind = dialog.getByRole('radio', { name: 'Pinterest' })
    await kind.waitFor()
    expect(await kind.isChecked()).toBe(true)
    await dialog.getByRole('button', { name: 'Continue' }).click()
    const field = dialog.getByRole('combobox', { name: 'Credential' })
    await expect.poll(() => field.inputValue()).not.toBe('')
    await dialog.getByRole('button', { name: 'Continue' }).click()
    await dialog.getByRole('combobox', { name: 'Ad account ID' }).fill('outdoor')
    await page.getByRole('option', { name: 'Northwind Outdoor' }).waitFor()
  })

  test('whose token Pinterest refuses says why, and is reauthorized without its destinations noticing', async () => {
    const id = await credential('Revoked', SENTINEL_TOKENS.revoked)
    const page = await console.signedIn('datagrid_operator', { at: `/settings/credentials/${id}` })
    const alert = page.getByRole('alert')
    await alert.getByText('Authorization error').waitFor()
    await look(page, 'credential-refused-light')
    await page.getByRole('link', { name: 'Credentials', exact: true }).click()
    const row = page.getByRole('row').filter({ hasText: 'Revoked' })
    await row.getByText('Give Rollcall a refresh token that Pinterest accepts.').waitFor()
    await look(page, 'credentials-light')
    await row.getByRole('link', { name: 'Revoked' }).click()
    await alert.getByRole('button', { name: 'Reauthorize' }).click()
    const dialog = page.getByRole('dialog', { name: 'Reauthorize "Revoked"' })
    await dialog.getByText('Another app', { exact: true }).click()
    await dialog.getByLabel('App ID').fill('1234567')
    await dialog.getByLabel('Refresh token').fill(await refreshToken())
    await dialog.getByRole('button', { name: 'Reauthorize' }).click()
    await dialog.getByText('Another app has a secret of its own.').waitFor()
    await look(page, 'credential-reauthorize-light')
    await dialog.getByLabel('App ID').fill('')
    await dialog.getByRole('button', { name: 'Reauthorize' }).click()
    await dialog.waitFor({ state: 'detached' })
    await page.getByRole('table', { name: 'Ad accounts it reaches' }).getByText('Northwind Outdoor').waitFor()
    await page.getByRole('main').getByText('Works').waitFor()
    expect(await alert.count()).toBe(0)
  })

  test('says that Pinterest is unavailable instead of loading on and on', async () => {
    const id = await credential('Unavailable', SENTINEL_TOKENS.unavailable)
    const page = await console.signedIn('datagrid_operator', { at: `/settings/credentials/${id}` })
    const alert = page.getByRole('alert')
    await alert.getByRole('button', { name: 'Try again' }).waitFor()
    expect(await alert.innerText()).toContain('Pinterest is unavailable')
  })

  test('is edited over what somebody else saved meanwhile, and deleted only once nothing uses it', async () => {
    const ids = await setUp(console.service, operator, { name: 'Used', emails: people(3) })
    const page = await console.signedIn('datagrid_operator', {
      at: `/settings/credentials/${ids.credential}?dialog=edit`,
    })
    const dialog = page.getByRole('dialog', { name: 'Edit credential' })
    await dialog.getByLabel('Description').fill('For all campaigns')
    await operator.ok('PATCH', `/credentials/${ids.credential}`, { version: 1, name: 'Renamed' })
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByText('They changed: Name.').waitFor()
    expect(await dialog.getByLabel('Name', { exact: true }).inputValue()).toBe('Renamed')
    await dialog.getByRole('button', { name: 'Save' }).click()
    // While the dialog closes, the text stands in its field too.
    await dialog.waitFor({ state: 'detached' })
    await page.getByText('For all campaigns').waitFor()

    await chooseMore(page, 'Renamed', 'Delete')
    const inUse = page.getByRole('dialog', { name: 'This credential is in use' })
    await inUse.getByText('1 destination uses it.').waitFor()
    expect(await inUse.getByRole('button', { name: /^Delete/ }).count()).toBe(0)
    await look(page, 'credential-delete-in-use-light')
    await inUse.getByText('Close', { exact: true }).click()
    await inUse.waitFor({ state: 'detached' })
    await page.getByRole('table', { name: 'Destinations that use this credential' }).getByRole('link').click()
    await page.getByRole('heading', { name: 'Used', exact: true }).waitFor()
  })
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
    await fillCredential(dialog, 'Added on the way', await refreshToken())
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
    await credential('For refusals')
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
    await credential('By keyboard')
    await credential('Beside it')
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
