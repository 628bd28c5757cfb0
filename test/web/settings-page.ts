import type { Locator, Page } from 'playwright-core'
import type { Client } from '../server/support.ts'
import type { Console } from './console.ts'

/** What tests of the settings do on their pages. */

export async function addUser(administrator: Client, name: string): Promise<string> {
  const { id } = await administrator.ok<{ id: string }>('POST', '/users', {
    email: `${name.replaceAll(' ', '.').toLowerCase()}@example.com`,
    name,
    policies: ['analyst'],
  })
  return id
}

export async function addKey(
  administrator: Client,
  name: string,
): Promise<{ readonly id: string; readonly token: string }> {
  const made = await administrator.ok<{ token: string; apiKey: { id: string } }>('POST', '/api-keys', {
    name,
    policies: ['analyst_read_only'],
  })
  return { id: made.apiKey.id, token: made.token }
}

export async function statusOf(console: Console, token: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}` }
  const answer = await console.service.fetch(new Request(`${console.url}/api/v1/me`, { headers }))
  return answer.status
}

export async function choose(page: Page, name: string, item: string): Promise<void> {
  await page.getByRole('button', { name: `More for ${name}` }).click()
  await page.getByRole('menuitem', { name: item }).click()
}

/** The label of the field that the keyboard types into. */
export async function focusedLabel(dialog: Locator): Promise<string | null> {
  const focused = dialog.locator('input:focus')
  const id = (await focused.count()) === 0 ? null : await focused.getAttribute('id')
  return id === null ? null : dialog.locator(`label[for="${id}"]`).innerText()
}

export async function copied(dialog: Locator): Promise<void> {
  await dialog.page().context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await dialog.getByRole('button', { name: 'Copy' }).click()
  await dialog.getByText('Copied.').waitFor()
}
