import type { Locator, Page } from 'playwright-core'
import { authorize } from '../server/support.ts'
import type { Client } from '../server/support.ts'
import type { Console } from './console.ts'

/** What tests of credentials do on their pages. */

export async function refreshToken({ service }: Console): Promise<string> {
  return (await authorize(service.simulator)).refreshToken
}

export async function makeCredential(
  console: Console,
  operator: Client,
  name: string,
  token?: string,
): Promise<string> {
  const { app } = console.service.simulator
  const body = {
    name,
    appId: app.id,
    appSecret: app.secret,
    refreshToken: token ?? (await refreshToken(console)),
  }
  return (await operator.ok<{ id: string }>('POST', '/credentials', body)).id
}

export async function fillCredential(
  { service }: Console,
  dialog: Locator,
  name: string,
  token: string,
): Promise<void> {
  const { app } = service.simulator
  await dialog.getByLabel('Name', { exact: true }).fill(name)
  await dialog.getByLabel('App ID').fill(app.id)
  await dialog.getByLabel('App secret').fill(app.secret)
  await dialog.getByLabel('Refresh token').fill(token)
}

export async function chooseMore(page: Page, name: string, word: string): Promise<void> {
  await page.getByRole('button', { name: `More for ${name}` }).click()
  await page.getByRole('menuitem', { name: word }).click()
}
