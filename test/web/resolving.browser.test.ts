import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { queriesRunHere } from '../support/queries-here.ts'
import { people, runOf, setUp, writeCustomers } from '../server/support.ts'
import type { Client, Ids, WorkflowView } from '../server/support.ts'
import { look, openConsole } from './console.ts'
import type { Console } from './console.ts'

/** On the way from a failed workflow to a resolved one: clicked twice, resolved by others meanwhile, by the keyboard alone. */

queriesRunHere()

let console: Console
let operator: Client
let page: Page

beforeAll(async () => {
  console = await openConsole()
  await console.service.startWorker()
  operator = await console.service.as(['datagrid_operator'])
  page = await console.signedIn('datagrid_operator')
})

afterAll(async () => {
  await console.close()
})

const loyal = people(120)

const run = (ids: Ids): Promise<WorkflowView> => runOf(console.service, operator, ids)

describe('on the way', () => {
  test('a double click on Resolve runs once; back leads to the failed workflow, which tells what followed it', async () => {
    const name = 'clicked twice'
    const ids = await setUp(console.service, operator, { name, emails: people(73) })
    const failed = await run(ids)
    await writeCustomers(console.service, name, loyal)
    await page.goto(`/workflows/${failed.id}`)
    await page.getByRole('button', { name: 'Show Resolutions' }).click()
    const dialog = page.getByRole('dialog', { name: 'Resolutions' })
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await dialog.waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Show Resolutions' }).click()
    await dialog.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('button', { name: 'Resolve' }).dblclick()
    await page.waitForURL((url) => !url.pathname.includes(failed.id))
    await page.getByRole('status').getByText('Succeeded', { exact: true }).waitFor()
    expect(await runsOf(ids)).toBe(2)

    await page.goBack()
    await page.waitForURL(`**/workflows/${failed.id}`)
    await page.getByText('Resolved with “Not enough records”.').waitFor()
    expect(await dialog.count()).toBe(0)
    expect(await page.getByRole('button', { name: 'Show Resolutions' }).count()).toBe(0)
    await look(page, 'workflow-followed')
    await page.getByRole('link', { name: 'View the newer workflow' }).click()
    await page.getByRole('status').getByText('Succeeded', { exact: true }).waitFor()
  })

  test('who reads the steps is told at once when somebody else resolves it', async () => {
    const name = 'resolved meanwhile'
    const ids = await setUp(console.service, operator, { name, emails: people(73) })
    const failed = await run(ids)
    await page.goto(`/workflows/${failed.id}/actions/not_enough_records`)
    await page.getByRole('button', { name: 'Resolve' }).waitFor()
    await operator.ok('POST', `/workflows/${failed.id}/actions`, { action: 'not_enough_records' })
    await page.getByRole('heading', { name: 'Not possible now' }).waitFor()
    await page.getByRole('link', { name: 'View the newer workflow' }).waitFor()
    expect(await page.getByRole('button', { name: 'Resolve' }).count()).toBe(0)
    await look(page, 'action-resolved-meanwhile')
    await page.goto(`/workflows/${failed.id}?dialog=resolutions`)
    await page.getByRole('dialog').getByRole('link', { name: 'View the newer workflow' }).waitFor()
    await look(page, 'resolutions-resolved-meanwhile')
  })

  test('with the keyboard alone, and the focus is never lost', async () => {
    const { faults } = console.service.simulator
    faults.plan({ rules: [{ operation: 'customer_lists/create', kind: '400-1', times: 1000 }] })
    const ids = await setUp(console.service, operator, { name: 'by keyboard', emails: loyal })
    const failed = await run(ids)
    faults.clear()
    await page.goto(`/workflows/${failed.id}`)
    await page.getByRole('button', { name: 'Show Resolutions' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('radio', { name: 'Retry task' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.keyboard.press('Enter')
    await page.getByRole('radio', { name: 'Retry task' }).focus()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByRole('status').getByText('Succeeded', { exact: true }).waitFor()
    expect(await page.locator('main:focus').count()).toBe(1)
  })
})

async function runsOf({ orchestration: id }: Ids): Promise<number> {
  const { items } = await operator.ok<{ items: unknown[] }>('GET', `/workflows?orchestrationId=${id}`)
  return items.length
}
