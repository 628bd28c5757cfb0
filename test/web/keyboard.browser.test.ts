import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { AD_ACCOUNTS } from '../../simulator/main.ts'
import { ended, people, setUp, writeCustomers } from '../server/support.ts'
import type { Client } from '../server/support.ts'
import { openConsole } from './console.ts'
import type { Console } from './console.ts'

/** The main job without a pointer: from sign-in to a list in step. */

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

const STEPS_MAX = 80

/** Moves on with a key until the focus is there. */
async function moveTo(page: Page, target: Locator, key = 'Tab'): Promise<void> {
  await target.waitFor()
  for (let step = 0; step < STEPS_MAX; step += 1) {
    if (await target.evaluate((element) => element.matches(':focus'))) return
    await page.keyboard.press(key)
  }
  throw new Error(`the ${key} key does not lead there`)
}

async function press(page: Page, target: Locator, key?: string): Promise<void> {
  await moveTo(page, target, key)
  await page.keyboard.press('Enter')
}

async function typeInto(page: Page, target: Locator, text: string): Promise<void> {
  await moveTo(page, target)
  await page.keyboard.press('ControlOrMeta+a')
  await page.keyboard.insertText(text)
}

/** Types a part of the name into a field that offers rows, and takes the one that is offered. */
async function choose(page: Page, field: Locator, name: string): Promise<void> {
  await typeInto(page, field, name)
  await page.getByRole('option', { name, exact: true }).waitFor()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
}

/** Waits for the run that compares, however busy the machine is: a page waits for seconds only. */
async function compared(page: Page): Promise<void> {
  const orchestrationId = new URL(page.url()).pathname.split('/').at(-2) ?? ''
  const newest = async (): Promise<string | undefined> => {
    const path = `/workflows?orchestrationId=${orchestrationId}&limit=1`
    const { items } = await operator.ok<{ items: { id: string }[] }>('GET', path)
    return items[0]?.id
  }
  await ended(console.service, operator, await vi.waitUntil(newest, { timeout: 180_000 }))
}

async function workflowOf(page: Page): Promise<string> {
  await page.waitForURL(/\/workflows\/wf_\w+$/)
  const id = new URL(page.url()).pathname.split('/').at(-1) ?? ''
  return (await ended(console.service, operator, id)).state
}

test('signs in, makes an orchestration, sees the difference, meets a failure, resolves it, and signs out', async () => {
  await setUp(console.service, operator, { name: 'Customers', emails: people(80) })
  const person = await console.makeUser('datagrid_operator')
  const page = await console.open()
  await page.goto('/')
  await typeInto(page, page.getByLabel('E-mail address'), person.email)
  await typeInto(page, page.getByLabel('Password', { exact: true }), person.password)
  await page.keyboard.press('Enter')
  await typeInto(page, page.getByLabel('One-time password', { exact: true }), person.password)
  await typeInto(page, page.getByLabel('New password', { exact: true }), 'a password of my own choice')
  await typeInto(page, page.getByLabel('New password again', { exact: true }), 'a password of my own choice')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Overview' }).waitFor()

  await press(
    page,
    page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Orchestrations' }),
  )
  await page.getByRole('heading', { name: 'Orchestrations' }).waitFor()
  await press(page, page.getByRole('button', { name: 'New orchestration' }))
  const dialog = page.getByRole('dialog', { name: 'New orchestration' })
  await typeInto(page, dialog.getByLabel('Name', { exact: true }), 'Without a pointer')
  await choose(page, dialog.getByRole('combobox', { name: 'Query' }), 'Customers')
  await choose(page, dialog.getByRole('combobox', { name: 'Destination' }), 'Customers')
  await typeInto(page, dialog.getByLabel('List name'), 'Without a pointer')
  await page.keyboard.press('Enter')

  await page.getByRole('heading', { name: 'Without a pointer', exact: true }).waitFor()
  await press(page, page.getByRole('link', { name: 'See the difference' }))
  await press(page, page.getByRole('button', { name: 'Compare now' }))
  await compared(page)
  await press(page, page.getByRole('button', { name: 'Send +80 −0' }))
  expect(await workflowOf(page)).toBe('failed')

  await press(page, page.getByRole('button', { name: 'Show Resolutions' }))
  const resolutions = page.getByRole('dialog', { name: 'Resolutions' })
  await press(page, resolutions.getByRole('button', { name: 'Continue' }))
  await page.getByRole('heading', { name: 'Not enough records' }).waitFor()
  await writeCustomers(console.service, 'Customers', people(120))
  await press(page, page.getByRole('button', { name: 'Resolve' }))
  // What was approved were other members: these are looked at again.
  expect(await workflowOf(page)).toBe('waiting')
  await press(page, page.getByRole('link', { name: 'Review' }))
  await press(page, page.getByRole('button', { name: 'Send +120 −0' }))
  expect(await workflowOf(page)).toBe('succeeded')
  const [list] = console.service.simulator.control.lists(AD_ACCOUNTS.owned, 'Without a pointer')
  expect(list?.members).toBe(120)

  await press(page, page.getByRole('button', { name: 'Account' }))
  await press(page, page.getByRole('menuitem', { name: 'Sign out' }), 'ArrowDown')
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
})
