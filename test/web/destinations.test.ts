import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AD_ACCOUNTS, SENTINEL_TOKENS } from '../../simulator/main.ts'
import { authorize, people, setUp } from '../server/support.ts'
import type { Client } from '../server/support.ts'
import { look, openConsole } from './console.ts'
import type { Console } from './console.ts'

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

  test('whose token Pinterest refuses says why, and is reauthorized without its destinations noticing', async () => {
    const id = await credential('Revoked', SENTINEL_TOKENS.revoked)
    const page = await console.signedIn('datagrid_operator')
    await page.goto(`/settings/credentials/${id}`)
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
    const page = await console.signedIn('datagrid_operator')
    await page.goto(`/settings/credentials/${id}`)
    const alert = page.getByRole('alert')
    await alert.getByRole('button', { name: 'Try again' }).waitFor()
    expect(await alert.innerText()).toContain('Pinterest is unavailable')
  })

  test('is edited over what somebody else saved meanwhile, and deleted only once nothing uses it', async () => {
    const ids = await setUp(console.service, operator, { name: 'Used', emails: people(3) })
    const page = await console.signedIn('datagrid_operator')
    await page.goto(`/settings/credentials/${ids.credential}?dialog=edit`)
    const dialog = page.getByRole('dialog', { name: 'Edit credential' })
    await dialog.getByLabel('Description').fill('For all campaigns')
    await operator.ok('PATCH', `/credentials/${ids.credential}`, { version: 1, name: 'Renamed' })
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByText('They changed: Name.').waitFor()
    expect(await dialog.getByLabel('Name', { exact: true }).inputValue()).toBe('Renamed')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByText('For all campaigns').waitFor()

    await chooseMore(page, 'Renamed', 'Delete')
    const confirm = page.getByRole('dialog', { name: 'Delete credential "Renamed"?' })
    await confirm.getByText('1 destination uses it.').waitFor()
    await confirm.getByRole('button', { name: 'Delete' }).click()
    await confirm.getByRole('alert').getByText('is used by destination "Used"').waitFor()
    await look(page, 'credential-delete-in-use-light')
    await confirm.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('table', { name: 'Destinations that use this credential' }).getByRole('link').click()
    await page.getByRole('heading', { name: 'Used', exact: true }).waitFor()
  })
})
