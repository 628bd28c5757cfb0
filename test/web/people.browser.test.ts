import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client } from '../server/support.ts'
import { choosePassword, complaintsOf, look, openConsole, signIn } from './console.ts'
import type { Console } from './console.ts'
import { addKey, addUser, choose, copied, focusedLabel, statusOf } from './settings-page.ts'

/** Users and API keys in the console. */

let console: Console
let administrator: Client

beforeAll(async () => {
  console = await openConsole()
  administrator = await console.service.as(
    ['datagrid_administrator'],
    ['allow_api_key_administration', 'allow_user_administration'],
  )
})

afterAll(async () => {
  await console.close()
})

describe('users', () => {
  test('one is added with a generated password that is shown once, signs in with it and must change it', async () => {
    const page = await console.signedIn('datagrid_administrator')
    const complaints = complaintsOf(page)
    await page.goto('/settings/users')
    await page.getByRole('cell', { name: 'Has no password yet' }).first().waitFor()
    await page.getByText('Manages queries and orchestrations, and their workflows.').click()
    await page
      .getByRole('list', { name: 'Analyst may', exact: true })
      .getByText('run orchestrations', { exact: true })
      .waitFor()
    await look(page, 'users-light')
    await page.getByRole('button', { name: 'Add user' }).click()
    const dialog = page.getByRole('dialog', { name: 'Add user' })
    await dialog.getByLabel('E-mail address').fill('ada@example.com')
    await dialog.getByLabel('Name', { exact: true }).fill('Ada Example')
    await dialog.getByRole('button', { name: 'Add user' }).click()
    await dialog.getByText('Choose at least one policy.').waitFor()
    await dialog.getByRole('checkbox', { name: 'Datagrid Operator', exact: true }).check()
    await dialog.getByRole('checkbox', { name: 'Restrict PII access' }).check()
    await dialog.getByRole('button', { name: 'Add user' }).click()
    await dialog.getByText('cannot be combined with "Datagrid Operator"').waitFor()
    await dialog.getByRole('checkbox', { name: 'Restrict PII access' }).uncheck()
    await dialog.getByRole('button', { name: 'Generate' }).click()
    await look(page, 'user-new-light')
    await dialog.getByRole('button', { name: 'Add user' }).click()

    const once = page.getByRole('dialog', { name: 'One-time password for "Ada Example"' })
    await once.getByText('They must change it when they first sign in.').waitFor()
    const password = await once.getByLabel('One-time password', { exact: true }).inputValue()
    expect(password).toMatch(/^(?:[a-z2-9]{5}-){3}[a-z2-9]{5}$/)
    await look(page, 'user-password-once-light')
    await page.keyboard.press('Escape')
    const asked = page.getByRole('dialog', { name: 'Close without copying?' })
    await asked.getByRole('button', { name: 'Cancel' }).click()
    await copied(once)
    await once.getByRole('button', { name: 'Done' }).click()
    await page.getByRole('heading', { name: 'Ada Example' }).waitFor()
    await page.getByText('Must change password').waitFor()
    await look(page, 'user-light')
    // Only the option that was refused, on purpose.
    expect(complaints.filter((text) => !text.includes('400'))).toEqual([])

    const hers = await console.open()
    await signIn(hers, { email: 'ada@example.com', password })
    await choosePassword(hers, password)
  })

  test('what somebody else saved meanwhile is kept, and so is what was typed', async () => {
    const id = await addUser(administrator, 'Two Editors')
    const page = await console.signedIn('datagrid_administrator', { at: `/settings/users/${id}?dialog=edit` })
    const dialog = page.getByRole('dialog', { name: 'Edit user' })
    await dialog.getByRole('checkbox', { name: 'Marketer', exact: true }).check()
    await administrator.ok('PATCH', `/users/${id}`, { name: 'Two Editors Renamed', version: 1 })
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByText('They changed: Name.').waitFor()
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { name: 'Two Editors Renamed' }).waitFor()
    await page.getByText('Analyst, Marketer', { exact: true }).waitFor()
    expect(await administrator.ok('GET', `/users/${id}`)).toMatchObject({
      name: 'Two Editors Renamed',
      policies: ['analyst', 'marketer'],
    })
  })

  test('one is disabled, enabled, unblocked, given a typed password and deleted', async () => {
    const id = await addUser(administrator, 'Grace Example')
    const page = await console.signedIn('datagrid_administrator', { at: `/settings/users/${id}` })
    const main = page.getByRole('main')
    await choose(page, 'Grace Example', 'Set a new password')
    const dialog = page.getByRole('dialog', { name: 'New password for "Grace Example"' })
    await expect.poll(() => focusedLabel(dialog)).toBe('One-time password')
    await page.keyboard.type('too short')
    await page.keyboard.press('Enter')
    await dialog.getByText('12 to 200 characters.').waitFor()
    await look(page, 'user-password-refused-light')
    await dialog.getByLabel('One-time password').fill('long enough to be set')
    await dialog.getByRole('button', { name: 'Set password' }).click()
    const once = page.getByRole('dialog', { name: 'One-time password' })
    await copied(once)
    await once.getByRole('button', { name: 'Done' }).click()
    await once.waitFor({ state: 'detached' })
    await main.getByText('Must change password').waitFor()

    await choose(page, 'Grace Example', 'Unblock after wrong passwords')
    await page.getByText('can try to sign in again at once').waitFor()
    await choose(page, 'Grace Example', 'Disable')
    await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click()
    await main.getByText('Disabled').first().waitFor()
    await main.getByRole('button', { name: 'Enable' }).click()
    await main.getByText('Must change password').waitFor()

    await choose(page, 'Grace Example', 'Delete user')
    const confirm = page.getByRole('dialog', { name: 'Delete user "Grace Example"?' })
    await confirm.getByText('what they did stays in the activity log').waitFor()
    await look(page, 'user-delete-light')
    await confirm.getByRole('button', { name: 'Delete user' }).click()
    await page.getByRole('button', { name: 'Add user' }).waitFor()
    await expect.poll(() => page.getByRole('link', { name: 'Grace Example' }).count()).toBe(0)
  })

  test('the last administrator cannot be disabled: the answer says why', async () => {
    const { email } = await console.makeUser('datagrid_administrator')
    const { items } = await administrator.ok<{ items: { id: string }[] }>('GET', `/users?search=${email}`)
    const page = await console.signedIn('datagrid_administrator', {
      at: `/settings/users/${items[0]?.id}?dialog=disable`,
    })
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Disable' }).click()
    await dialog.getByText('this is the last enabled Datagrid Administrator').waitFor()
    expect(await administrator.ok('GET', `/users/${items[0]?.id}`)).toMatchObject({ disabledAt: null })
  })

  test('one is found by the keyboard alone, and its address too', async () => {
    await addUser(administrator, 'Found By Keyboard')
    const page = await console.signedIn('datagrid_administrator', { at: '/settings/users' })
    await page.getByRole('main').getByLabel('Search').focus()
    await page.keyboard.type('found by key')
    await page.waitForURL((url) => url.searchParams.get('search') === 'found by key')
    await expect.poll(() => page.getByRole('row').count()).toBe(2)
    await page.getByRole('link', { name: 'Found By Keyboard' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Found By Keyboard' }).waitFor()
  })
})

describe('API keys', () => {
  test('one is added: its token is shown once, works, and is not lost by going back', async () => {
    const page = await console.signedIn('datagrid_administrator', {
      at: '/settings/api-keys',
      grants: ['allow_api_key_administration'],
    })
    await page.getByRole('button', { name: 'Add API key' }).click()
    const dialog = page.getByRole('dialog', { name: 'Add API key' })
    await dialog.getByLabel('Name', { exact: true }).fill('Nightly')
    await dialog.getByRole('checkbox', { name: 'Analyst', exact: true }).check()
    await dialog.getByLabel('Works through').fill('2020-01-31')
    await dialog.getByRole('button', { name: 'Add API key' }).click()
    await dialog.getByText('the expiry is not in the future').waitFor()
    await dialog.getByLabel('Works through').fill('2099-01-31')
    await look(page, 'key-new-light')
    await dialog.getByRole('button', { name: 'Add API key' }).click()
    const once = page.getByRole('dialog', { name: 'Token of API key "Nightly"' })
    const token = await once.getByLabel('Token', { exact: true }).inputValue()
    expect(await statusOf(console, token)).toBe(200)
    await page.goBack()
    const asked = page.getByRole('dialog', { name: 'Close without copying?' })
    await asked.getByRole('button', { name: 'Cancel' }).click()
    await asked.waitFor({ state: 'detached' })
    expect(await once.getByLabel('Token', { exact: true }).inputValue()).toBe(token)
    await look(page, 'key-token-light')
    await copied(once)
    await once.getByRole('button', { name: 'Done' }).click()
    await page.getByRole('heading', { name: 'Nightly' }).waitFor()
    await page.getByText('Jan 31, 2099').or(page.getByText('Feb 1, 2099')).waitFor()
  })

  test('one is rotated, its former token ended, and revoked', async () => {
    const { id, token } = await addKey(administrator, 'Exchange')
    const page = await console.signedIn('datagrid_administrator', {
      at: `/settings/api-keys/${id}`,
      grants: ['allow_api_key_administration'],
    })
    await page.getByRole('button', { name: 'Rotate' }).click()
    const dialog = page.getByRole('dialog', { name: 'Rotate API key "Exchange"?' })
    await look(page, 'key-rotate-light')
    await dialog.getByRole('button', { name: 'Rotate' }).click()
    const once = page.getByRole('dialog', { name: 'Token of API key "Exchange"' })
    await once.getByText('The previous token works until').waitFor()
    const newer = await once.getByLabel('Token', { exact: true }).inputValue()
    await copied(once)
    await once.getByRole('button', { name: 'Done' }).click()
    await once.waitFor({ state: 'detached' })
    expect([await statusOf(console, token), await statusOf(console, newer)]).toEqual([200, 200])
    await look(page, 'key-rotated-light')
    await page.getByRole('button', { name: 'End the previous token now' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'End the previous token now' }).click()
    await page.getByText('The previous token works until').waitFor({ state: 'detached' })
    expect([await statusOf(console, token), await statusOf(console, newer)]).toEqual([401, 200])
    await choose(page, 'Exchange', 'Revoke')
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
    await page.getByRole('main').getByText('Revoked').first().waitFor()
    expect(await statusOf(console, newer)).toBe(401)
    expect(await page.getByRole('button', { name: 'Rotate' }).count()).toBe(0)
    await page.goto('/settings/api-keys')
    await page.getByRole('cell', { name: 'Revoked' }).waitFor()
    await look(page, 'keys-light')
  })
})

test('an operator is offered neither users nor API keys', async () => {
  const page = await console.signedIn('datagrid_operator', { at: '/settings/profile' })
  const nav = page.getByRole('navigation', { name: 'Settings' })
  await nav.getByRole('link', { name: 'Profile' }).waitFor()
  for (const name of ['Users and policies', 'API keys', 'Activity log'])
    expect(await nav.getByRole('link', { name }).count()).toBe(0)
})
