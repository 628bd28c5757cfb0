import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { queriesRunHere } from '../support/queries-here.ts'
import { AD_ACCOUNTS, SENTINEL_TOKENS } from '../../simulator/main.ts'
import { people, setUp } from '../server/support.ts'
import type { Client } from '../server/support.ts'
import { look, openConsole } from './console.ts'
import type { Console } from './console.ts'
import { chooseMore, fillCredential, makeCredential, refreshToken } from './credential-form.ts'

/** Credentials in the console: added, edited, reauthorized, and never showing a secret. */

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

describe('a credential', () => {
  test('is added by clicking, shows what it reaches, and never shows its secrets again', async () => {
    const page = await console.signedIn('datagrid_operator')
    await page.getByRole('link', { name: 'Settings', exact: true }).click()
    await page.getByText('There is no credential yet.').waitFor()
    await look(page, 'credentials-empty-light')
    await page.getByRole('button', { name: 'Add credential' }).click()
    const dialog = page.getByRole('dialog', { name: 'Credential settings' })
    expect(await dialog.getByLabel('Plugin').inputValue()).toBe('Pinterest')
    await fillCredential(console, dialog, 'Northwind', await refreshToken(console))
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
    if (items.length === 0) await makeCredential(console, operator, 'Only')
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
    const id = await makeCredential(console, operator, 'Revoked', SENTINEL_TOKENS.revoked)
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
    await dialog.getByLabel('Refresh token').fill(await refreshToken(console))
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
    const id = await makeCredential(console, operator, 'Unavailable', SENTINEL_TOKENS.unavailable)
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
