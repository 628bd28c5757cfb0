import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { queriesRunHere } from '../support/queries-here.ts'
import { people, writeCustomers } from '../server/support.ts'
import type { Client as ApiClient } from '../server/support.ts'
import { complaintsOf, look, openConsole } from './console.ts'
import type { Console } from './console.ts'
import { editor, retype, shop, takeOffered } from './query-page.ts'

/** Data sources, and the tables that they offer, as the people who write queries see them. */

queriesRunHere()

let console: Console
let operator: ApiClient

beforeAll(async () => {
  console = await openConsole()
  operator = await console.service.as(['datagrid_operator'])
})

afterAll(async () => {
  await console.close()
})

describe('the tables of a source', () => {
  test('of a database are what a new query begins with and what is completed', async () => {
    await using database = await shop()
    await operator.ok('POST', '/data-sources', { kind: 'postgres', name: 'Shop tables', url: database.url })
    const page = await console.signedIn('analyst', { at: '/queries?dialog=new' })
    const dialog = page.getByRole('dialog', { name: 'New query' })
    await dialog.getByLabel('Name').fill('From the shop')
    await dialog.getByRole('combobox', { name: 'Data source' }).fill('Shop tab')
    await page.getByRole('option', { name: 'Shop tables' }).click()
    await dialog.getByRole('button', { name: 'Save draft' }).click()
    await page.getByRole('heading', { name: 'From the shop' }).waitFor()
    expect(await editor(page).innerText()).toMatch(/^SELECT "E-mail"\nFROM shop.customers\n/)
    expect(await page.getByLabel('E-mail column').inputValue()).toBe('E-mail')
    await page.getByRole('button', { name: 'Insert shop.customers' }).waitFor()
    await editor(page).click()
    await page.keyboard.press('ControlOrMeta+End')
    await page.keyboard.type('WHERE shop.customers.cou')
    await takeOffered(page, /^country/)
    await page.keyboard.insertText(" = 'NO'")
    await page.keyboard.press('ControlOrMeta+Enter')
    await page.getByText('The only row').waitFor()
  })

  test('are completed by their names alone, with their schema and with quotation marks where these are needed', async () => {
    await using database = await shop(
      'CREATE TABLE shop."Order Items" (email text); CREATE TABLE public."Lapsed People" (email text)',
    )
    const { id: dataSourceId } = await operator.ok<{ id: string }>('POST', '/data-sources', {
      kind: 'postgres',
      name: 'Shop names',
      url: database.url,
    })
    const draft = { sql: 'SELECT 1' }
    const { id } = await operator.ok<{ id: string }>('POST', '/queries', {
      name: 'Names',
      dataSourceId,
      draft,
    })
    const page = await console.signedIn('analyst', { at: `/queries/${id}` })
    await page.getByRole('button', { name: 'Insert shop.customers' }).waitFor()
    for (const [typed, offered, taken] of [
      ['Ord', /^Order Items/, 'shop."Order Items"'],
      ['"Ord', /^"Order Items"/, 'shop."Order Items"'],
      ['"Order It', /^"Order Items"/, 'shop."Order Items"'],
      ['Lap', /^Lapsed People/, '"Lapsed People"'],
      ['custo', /^customers/, 'shop.customers'],
    ] as const) {
      await retype(page, 'SELECT email FROM ')
      await page.keyboard.type(typed)
      await takeOffered(page, offered)
      expect(await editor(page).innerText()).toBe(`SELECT email FROM ${taken}`)
    }
  })

  test('are searched when there are many names, and a name that is pressed goes into the editor', async () => {
    const names = Array.from({ length: 30 }, (_, index) => `field_${index}`)
    await writeFile(
      join(console.service.inputDir, 'Wide.csv'),
      `email,First Name,${names.join(',')}\nperson@example.com,Ada,${names.join(',')}\n`,
    )
    const { id: dataSourceId } = await operator.ok<{ id: string }>('POST', '/data-sources', {
      kind: 'files',
      name: 'Wide',
      folder: console.service.inputDir,
      files: ['Wide.csv'],
    })
    const draft = { sql: 'SELECT  FROM input' }
    const { id } = await operator.ok<{ id: string }>('POST', '/queries', {
      name: 'Wide',
      dataSourceId,
      draft,
    })
    const page = await console.signedIn('analyst', { at: `/queries/${id}` })
    await page.getByLabel('Search tables and columns').fill('name')
    await page.getByRole('button', { name: 'Insert field_3' }).first().waitFor({ state: 'detached' })
    await editor(page).click()
    await page.keyboard.press('Home')
    for (let steps = 0; steps < 'SELECT '.length; steps += 1) await page.keyboard.press('ArrowRight')
    await page.getByRole('button', { name: 'Insert First Name' }).click()
    await page.keyboard.type(' AS name')
    expect(await editor(page).innerText()).toBe('SELECT "First Name" AS name FROM input')
  })
})

describe('a data source', () => {
  test('is added with its mistakes said in place, edited, read by a query and not deleted before that', async () => {
    await writeCustomers(console.service, 'Members', people(5))
    const page = await console.signedIn('datagrid_operator')
    const complaints = complaintsOf(page)
    await page.goto('/settings/data-sources')
    await page.getByRole('button', { name: 'Add data source' }).click()
    const dialog = page.getByRole('dialog', { name: 'Add data source' })
    await dialog.getByLabel('Name').fill('Members')
    await dialog.getByLabel('Folder').fill('customers')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByText('Enter the absolute path of a folder').waitFor()
    await dialog.getByLabel('Folder').fill(console.service.inputDir)
    await dialog.getByLabel('Files', { exact: true }).last().fill('../outside.csv')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByRole('alert').filter({ hasText: 'leads outside the folder' }).waitFor()
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
    await edit.getByText('This data source was saved after you opened it').waitFor()
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
    expect(await page.getByRole('table', { name: 'Queries that read it' }).getByRole('row').count()).toBe(2)
    await page.getByRole('button', { name: 'More for Members of the shop' }).click()
    await page.getByRole('menuitem', { name: 'Delete data source' }).click()
    await page.getByRole('dialog', { name: 'This data source is in use' }).waitFor()
    // A browser complains of refused requests too.
    expect(complaints.filter((text) => !text.startsWith('Failed to load resource'))).toEqual([])
  })

  test('that is a database never shows its address again', async () => {
    const page = await console.signedIn('datagrid_operator', { at: '/settings/data-sources?dialog=new' })
    const dialog = page.getByRole('dialog', { name: 'Add data source' })
    await dialog.getByRole('radio', { name: 'PostgreSQL database' }).check()
    await dialog.getByLabel('Name').fill('Shop')
    const address = dialog.getByLabel('Address', { exact: true })
    expect(await address.getAttribute('type')).toBe('password')
    await address.fill('postgres://reader:not-told@127.0.0.1:1/shop')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { name: 'Shop' }).waitFor()
    await page.getByText('stored encrypted, never shown').waitFor()
    await page.getByRole('alert').filter({ hasText: '127.0.0.1:1' }).waitFor()
    expect(await page.content()).not.toContain('not-told')
    await look(page, 'data-source-database-light')
  })
})
