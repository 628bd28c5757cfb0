import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { people, setUp, writeCustomers } from '../server/support.ts'
import type { Client } from '../server/support.ts'
import { complaintsOf, look, openConsole } from './console.ts'
import type { Console } from './console.ts'

/** Queries and data sources, as the people who write them see them. */

let console: Console
let operator: Client

beforeAll(async () => {
  console = await openConsole()
  operator = await console.service.as(['datagrid_operator'])
})

afterAll(async () => {
  await console.close()
})

const editor = (page: Page) => page.getByRole('textbox', { name: 'SQL' })

async function sourceOf(name: string, count = 120): Promise<string> {
  await writeCustomers(console.service, name, people(count))
  const source = await operator.ok<{ id: string }>('POST', '/data-sources', {
    kind: 'files',
    name,
    folder: console.service.inputDir,
    files: [`${name}.csv`],
  })
  return source.id
}

async function draftOf(name: string, sql: string): Promise<string> {
  const dataSourceId = await sourceOf(name)
  const query = await operator.ok<{ id: string }>('POST', '/queries', { name, dataSourceId, draft: { sql } })
  return query.id
}

/** All of the text is chosen and typed over. */
async function retype(page: Page, sql: string): Promise<void> {
  await editor(page).click()
  await page.keyboard.press('ControlOrMeta+a')
  await page.keyboard.insertText(sql)
}

describe('a query', () => {
  test('is made, completed while it is typed, run, counted and activated', async () => {
    await sourceOf('Loyal customers')
    const page = await console.signedIn('analyst')
    const complaints = complaintsOf(page)
    await page.getByRole('link', { name: 'Queries' }).click()
    await page.getByRole('button', { name: 'New query' }).click()
    const dialog = page.getByRole('dialog', { name: 'New query' })
    await dialog.getByLabel('Name').fill('Loyal')
    await dialog.getByLabel('Data source').fill('Loyal cust')
    await page.getByRole('option', { name: 'Loyal customers' }).click()
    await look(page, 'query-new-light')
    await dialog.getByRole('button', { name: 'Save draft' }).click()

    await page.getByRole('heading', { name: 'Loyal', exact: true }).waitFor()
    expect(await editor(page).innerText()).toMatch(/^SELECT email\nFROM input\n/)
    await page.getByText('Draft, not yet active.').waitFor()

    await editor(page).click()
    await page.keyboard.press('ControlOrMeta+End')
    await page.keyboard.type('WHERE ema')
    const offered = page.getByRole('option', { name: /^email/ })
    await offered.waitFor()
    await page.keyboard.press('Enter')
    await offered.waitFor({ state: 'detached' })
    await page.keyboard.insertText(" <> 'person0@example.com'")
    await page.getByText('Not saved yet.').waitFor()

    await page.getByRole('button', { name: 'Run' }).click()
    await page.getByText('First 100 rows').waitFor()
    await page.getByRole('cell', { name: 'person1@example.com' }).waitFor()
    expect(await page.getByText('Not saved yet.').count()).toBe(0)
    await page.getByRole('button', { name: 'Count', exact: true }).click()
    await page.getByText('119 rows').first().waitFor()
    await look(page, 'query-run-light')

    await page.getByRole('button', { name: 'Activate' }).click()
    const activate = page.getByRole('dialog', { name: 'Activate the draft?' })
    await activate.getByText('119 rows').first().waitFor()
    await activate.getByRole('button', { name: 'Activate' }).click()
    await page.getByText('This is the text that runs').waitFor()
    expect(complaints).toEqual([])
  })

  test('keeps the text that runs until the draft is activated, and shows what would change', async () => {
    const ids = await setUp(console.service, operator, { name: 'Newsletter', emails: people(120) })
    const page = await console.signedIn('analyst')
    await page.goto(`/queries/${ids.query}`)
    await page.getByText('This is the text that runs').waitFor()
    await retype(page, 'SELECT email\nFROM input\nLIMIT 7')
    await page.keyboard.press('ControlOrMeta+s')
    await page.getByText('Draft, not yet active.').waitFor()
    await page.getByRole('button', { name: 'Activate' }).click()
    const dialog = page.getByRole('dialog', { name: 'Activate the draft?' })
    await dialog.getByRole('link', { name: 'Newsletter' }).waitFor()
    await dialog.getByText('120 rows').waitFor()
    await dialog.getByText('7 rows').waitFor()
    expect(await dialog.getByRole('region').innerText()).toContain('+ LIMIT 7')
    await look(page, 'query-activate-light')
    await dialog.getByRole('button', { name: 'Cancel' }).click()

    await page.getByRole('button', { name: 'Discard draft' }).click()
    const confirm = page.getByRole('dialog', { name: 'Discard the draft?' })
    await confirm.getByRole('button', { name: 'Discard draft' }).click()
    await page.getByText('This is the text that runs').waitFor()
    expect(await editor(page).innerText()).not.toContain('LIMIT')
  })

  test('says in place where the source refuses it, and what is wrong with its e-mail column', async () => {
    const id = await draftOf('Refused', 'SELECT email\nFROM input\n  WHRE x = 1')
    const page = await console.signedIn('analyst')
    await page.goto(`/queries/${id}`)
    await page.getByRole('button', { name: 'Run' }).click()
    const alert = page.getByRole('alert')
    await alert.filter({ hasText: 'line 3, column 8 of the query' }).waitFor()
    await look(page, 'query-refused-light')
    await alert.getByRole('button', { name: 'Go to line 3' }).click()
    await page.keyboard.type('!')
    expect(await editor(page).innerText()).toContain('WHRE !x')
    await retype(page, 'SELECT email AS address FROM input')
    await page.keyboard.press('ControlOrMeta+Enter')
    await page.getByText('has no column "email". It has only "address".').waitFor()
    await look(page, 'query-no-email-column-light')
  })
})

describe('a data source', () => {
  test('is added with its mistakes said in place, edited, read by a query and not deleted before that', async () => {
    await writeCustomers(console.service, 'Members', people(5))
    const page = await console.signedIn('datagrid_operator')
    const complaints = complaintsOf(page)
    await page.goto('/settings/data-sources')
    await page.getByRole('button', { name: 'New data source' }).click()
    const dialog = page.getByRole('dialog', { name: 'New data source' })
    await dialog.getByLabel('Name').fill('Members')
    await dialog.getByLabel('Folder').fill('customers')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByText('Give the absolute path of a folder').waitFor()
    await dialog.getByLabel('Folder').fill(console.service.inputDir)
    await dialog.getByLabel('Files', { exact: true }).last().fill('../outside.csv')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByRole('alert').filter({ hasText: 'leads out of the folder' }).waitFor()
    await look(page, 'data-source-new-light')
    await dialog.getByLabel('Files', { exact: true }).last().fill('Mem*.csv')
    await dialog.getByRole('button', { name: 'Save' }).click()

    await page.getByRole('heading', { name: 'Members' }).waitFor()
    await page.getByText('varchar').waitFor()
    await page.getByText('No query reads it yet.').waitFor()
    await look(page, 'data-source-light')

    const id = page.url().split('/').at(-1) ?? ''
    await page.getByRole('button', { name: 'Edit' }).click()
    const edit = page.getByRole('dialog', { name: 'Edit data source' })
    await edit.getByLabel('Description').fill('All members')
    await operator.ok('PATCH', `/data-sources/${id}`, { version: 1, name: 'Members of the shop' })
    await edit.getByRole('button', { name: 'Save' }).click()
    await edit.getByText('Somebody else saved this data source').waitFor()
    expect(await edit.getByLabel('Name').inputValue()).toBe('Members of the shop')
    await edit.getByRole('button', { name: 'Save' }).click()
    await edit.waitFor({ state: 'detached' })
    await page.getByText('All members').waitFor()

    await operator.ok('POST', '/queries', {
      name: 'All members',
      dataSourceId: id,
      draft: { sql: 'SELECT email FROM input' },
    })
    await page.getByRole('link', { name: 'All members' }).waitFor()
    await page.getByRole('button', { name: 'More for Members of the shop' }).click()
    await page.getByRole('menuitem', { name: 'Delete data source' }).click()
    await page.getByRole('dialog', { name: 'This data source is in use' }).waitFor()
    // A browser complains of refused requests too.
    expect(complaints.filter((text) => !text.startsWith('Failed to load resource'))).toEqual([])
  })

  test('that is a database never shows its address again', async () => {
    const page = await console.signedIn('datagrid_operator')
    await page.goto('/settings/data-sources?dialog=new')
    const dialog = page.getByRole('dialog', { name: 'New data source' })
    await dialog.getByRole('radio', { name: 'PostgreSQL database' }).check()
    await dialog.getByLabel('Name').fill('Shop')
    const address = dialog.getByLabel('Address', { exact: true })
    expect(await address.getAttribute('type')).toBe('password')
    await address.fill('postgres://reader:not-told@127.0.0.1:1/shop')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { name: 'Shop' }).waitFor()
    await page.getByText('stored sealed, never shown').waitFor()
    await page.getByRole('alert').filter({ hasText: '127.0.0.1:1' }).waitFor()
    expect(await page.content()).not.toContain('not-told')
    await look(page, 'data-source-database-light')
  })
})
