import { Client } from 'pg'
import type { Locator, Page } from 'playwright-core'
import { people, writeCustomers } from '../server/support.ts'
import type { Client as ApiClient } from '../server/support.ts'
import { createSourceDatabase } from '../support/database.ts'
import type { Console } from './console.ts'

/** What tests of queries do on their pages. */

export const editor = (page: Page) => page.getByRole('textbox', { name: 'SQL' })

/** A database beside ours, with a schema of its own. */
export async function shop(more = ''): Promise<{ url: string } & AsyncDisposable> {
  const { url, admin, drop } = await createSourceDatabase()
  const client = new Client({ connectionString: admin })
  await client.connect()
  await client.query(`CREATE SCHEMA shop; CREATE TABLE shop.customers ("E-mail" text, country text);
    INSERT INTO shop.customers VALUES ('ann@example.com', 'NO'), ('bob@example.com', 'SE'); ${more}`)
  await client.end()
  return { url, [Symbol.asyncDispose]: drop }
}

/** Runs in the page. */
export function hasFocus(element: unknown): boolean {
  return (
    (globalThis as unknown as { document: { activeElement: unknown } }).document.activeElement === element
  )
}

export async function focusByTab(page: Page, target: Locator, key = 'Tab'): Promise<void> {
  for (let pressed = 0; pressed < 60; pressed += 1) {
    if (await target.evaluate(hasFocus)) return
    await page.keyboard.press(key)
  }
  throw new Error('the keyboard does not lead there')
}

/** Takes what the editor offers. An Enter that follows at once is a new line, as of somebody who types on. */
export async function takeOffered(page: Page, name: RegExp): Promise<void> {
  await page.getByRole('option', { name }).waitFor()
  await page.keyboard.press('Shift', { delay: 150 })
  await page.keyboard.press('Enter')
  await page.getByRole('option', { name }).waitFor({ state: 'detached' })
}

/** All of the text is chosen and typed over. */
export async function retype(page: Page, sql: string): Promise<void> {
  await editor(page).click()
  await page.keyboard.press('ControlOrMeta+a')
  await page.keyboard.insertText(sql)
}

export async function sourceOf(
  console: Console,
  operator: ApiClient,
  name: string,
  count = 120,
): Promise<string> {
  await writeCustomers(console.service, name, people(count))
  const source = await operator.ok<{ id: string }>('POST', '/data-sources', {
    kind: 'files',
    name,
    folder: console.service.inputDir,
    files: [`${name}.csv`],
  })
  return source.id
}

export async function draftOf(
  console: Console,
  operator: ApiClient,
  name: string,
  sql: string,
): Promise<string> {
  const dataSourceId = await sourceOf(console, operator, name)
  const query = await operator.ok<{ id: string }>('POST', '/queries', { name, dataSourceId, draft: { sql } })
  return query.id
}
