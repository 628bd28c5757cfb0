import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { queriesRunHere } from '../support/queries-here.ts'
import { actOn, people, runOf, setUp, started, writeCustomers } from '../server/support.ts'
import type { Client, Ids } from '../server/support.ts'
import { look, openConsole, openPane, picture } from './console.ts'
import type { Console } from './console.ts'

queriesRunHere()

/** How dialogs and notices behave wherever they are: the way back, the focus, what is said, and what arrives meanwhile. */

let console: Console
let operator: Client
let loyal: Ids

beforeAll(async () => {
  console = await openConsole()
  await console.service.startWorker()
  operator = await console.service.as(['datagrid_operator'])
  loyal = await setUp(console.service, operator, { name: 'Loyal', emails: people(120) })
})

afterAll(async () => {
  await console.close()
})

const at = (page: Page): string => {
  const { pathname, search } = new URL(page.url())
  return pathname + search
}

describe('the way back', () => {
  test('leads to the page before, however often a dialog was opened and closed', async () => {
    const page = await console.signedIn('datagrid_operator')
    await page.getByRole('navigation').getByRole('link', { name: 'Orchestrations' }).click()
    await page.getByRole('heading', { name: 'Orchestrations' }).waitFor()
    const dialog = page.getByRole('dialog')
    for (const close of ['Cancel', 'Escape', 'discarded']) {
      await page.getByRole('button', { name: 'New orchestration' }).click()
      await dialog.waitFor()
      if (close === 'Cancel') await dialog.getByRole('button', { name: 'Cancel' }).click()
      else {
        if (close === 'discarded') await dialog.getByLabel('Name', { exact: true }).fill('not kept')
        await page.keyboard.press('Escape')
        if (close === 'discarded') await page.getByRole('button', { name: 'Discard' }).click()
      }
      await dialog.first().waitFor({ state: 'detached' })
      expect(at(page)).toBe('/orchestrations')
    }
    await page.goBack()
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    expect(at(page)).toBe('/')
  })

  test('after something was saved leads to the page before, too; so does one discarded', async () => {
    const page = await console.signedIn('datagrid_operator')
    await page.getByRole('navigation').getByRole('link', { name: 'Queries' }).click()
    await page.getByRole('heading', { name: 'Queries' }).waitFor()
    await page.getByRole('table').getByRole('link', { name: 'Loyal', exact: true }).first().click()
    await page.getByRole('button', { name: 'More for Loyal' }).waitFor()
    const edit = async (): Promise<void> => {
      await page.getByRole('button', { name: 'More for Loyal' }).click()
      await page.getByRole('menuitem', { name: 'Edit name and description' }).click()
      await page.getByRole('dialog').getByLabel('Description').fill(`as of ${Math.random()}`)
    }
    await edit()
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await edit()
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('button', { name: 'Discard' }).click()
    await page.getByRole('dialog').first().waitFor({ state: 'detached' })
    expect(at(page)).toBe(`/queries/${loyal.query}`)
    await page.goBack()
    await page.getByRole('heading', { name: 'Queries' }).waitFor()
    expect(at(page)).toBe('/queries')
  })
})

test('what is in use is not offered to be deleted, and says what holds it', async () => {
  const page = await console.signedIn('datagrid_operator')
  for (const [path, noun, holder] of [
    [`/destinations/${loyal.destination}`, 'destination', '1 orchestration sends to it.'],
    [`/settings/credentials/${loyal.credential}`, 'credential', '1 destination uses it.'],
    [`/settings/data-sources/${loyal.dataSource}`, 'data source', 'Queries read from it'],
    [`/queries/${loyal.query}`, 'query', 'these orchestrations'],
  ] as const) {
    await page.goto(`${path}?dialog=delete`)
    const dialog = page.getByRole('dialog', { name: `This ${noun} is in use` })
    await dialog.getByText(holder).waitFor()
    expect(await dialog.getByRole('button', { name: /^Delete/ }).count()).toBe(0)
  }
})

test('what a form gets wrong is said without a word about requests', async () => {
  const page = await console.signedIn('datagrid_operator', { at: '/settings/data-sources?dialog=new' })
  const dialog = page.getByRole('dialog', { name: 'Add data source' })
  await dialog.getByLabel('Name').fill('Outside')
  await dialog.getByLabel('Folder').fill(console.service.inputDir)
  await dialog.getByLabel('Files', { exact: true }).last().fill('../outside.csv')
  await dialog.getByRole('button', { name: 'Save' }).click()
  const alert = dialog.getByRole('alert')
  await alert.waitFor()
  expect(await alert.innerText()).not.toContain('Request not valid')
  expect(await alert.innerText()).toMatch(/^[A-Z"]/)
})

test('a sample is called one once, on its page, in the list and on its card', async () => {
  const sample = await started(console.service, operator, `/orchestrations/${loyal.orchestration}/sample`, {
    members: 110,
  })
  const page = await console.signedIn('datagrid_operator', { at: `/workflows/${sample.id}` })
  await page.getByRole('heading', { name: 'Loyal (sample)', exact: true }).waitFor()
  const pane = await openPane(page)
  await pane.getByText('Loyal (sample) → Loyal', { exact: true }).waitFor()
  await page.getByRole('navigation').getByRole('link', { name: 'Workflows' }).click()
  const cell = page.getByRole('cell').filter({ hasText: 'Loyal (sample)' })
  expect((await cell.first().innerText()).match(/sample/g)).toHaveLength(1)
})

/** What a person reads or presses that a message covers. */
const UNDER_TOASTS = `(() => {
  const box = document.querySelector('.toast').getBoundingClientRect()
  const isUnder = (element) => {
    const { left, right, top, bottom } = element.getBoundingClientRect()
    return left < box.right && right > box.left && top < box.bottom && bottom > box.top
  }
  return [...document.querySelectorAll('main, .shell-top, .shell-pane, nav a, button, a[href]')]
    .filter((element) => element.checkVisibility() && element.closest('.toasts, .skip') === null && isUnder(element))
    .map((element) => element.outerHTML.slice(0, 80))
})()`

/** The height of the messages, and where the page below them begins in the window. */
const TOAST_AND_PAGE =
  "[document.querySelector('.toasts').getBoundingClientRect().height, document.querySelector('main').getBoundingClientRect().top]"

/** Whether the message can be pressed while there is a dialog, and the dialog is not below it. */
const IS_OVER_DIALOG = `(() => {
  const box = document.querySelector('.toast').getBoundingClientRect()
  const found = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2)
  const { top } = document.querySelector('.mantine-Modal-content').getBoundingClientRect()
  return { isOnTop: found.closest('.toast') !== null, isBeside: top >= box.bottom }
})()`

const WIDTH_OF_MAIN = "document.querySelector('main').getBoundingClientRect().width"

describe('notifications', () => {
  test('stay closed; an error is counted at the bell and told once, with the way to its workflow', async () => {
    const few = await setUp(console.service, operator, { name: 'Few', emails: people(30) })
    const page = await console.signedIn('datagrid_operator')
    const bell = page.getByRole('button', { name: /^Notifications/ })
    await runOf(console.service, operator, loyal)
    await page.goto('/queries')
    await page.getByRole('heading', { name: 'Queries' }).waitFor()
    expect(await page.getByRole('complementary', { name: 'Notifications' }).count()).toBe(0)
    const before = await bell.getAttribute('aria-label')
    const failed = await runOf(console.service, operator, few)
    const toast = page.locator('.toast').filter({ hasText: 'Few → Few: Not enough records' })
    await toast.waitFor()
    expect(await page.locator('.toast').count()).toBe(1)
    await expect.poll(() => bell.getAttribute('aria-label')).not.toBe(before)
    expect(await page.getByRole('complementary', { name: 'Notifications' }).count()).toBe(0)
    await look(page, 'toast-arrival-light')
    await openPane(page)
    for (const width of [1440, 1280, 360]) {
      await page.setViewportSize({ width, height: 900 })
      expect({ width, covered: await page.evaluate(UNDER_TOASTS) }).toEqual({ width, covered: [] })
      await picture(page, `toast-arrival-${width}`)
    }
    // Where a narrow page is scrolled, it goes down by the height of the message.
    await page.evaluate("document.querySelector('main').style.minHeight = '3000px'; scrollTo(0, 40)")
    const [height, top] = await page.evaluate<[number, number]>(TOAST_AND_PAGE)
    await page.evaluate("document.querySelector('.toast').style.display = 'none'")
    expect(await page.evaluate<[number, number]>(TOAST_AND_PAGE)).toEqual([0, top - height])
    await page.evaluate("document.querySelector('.toast').style.display = ''")
    expect(await page.evaluate<[number, number]>(TOAST_AND_PAGE)).toEqual([height, top])
    // A dialog makes room for it, so that neither is behind the other.
    await page.getByRole('button', { name: 'New query' }).click()
    await page.getByRole('dialog').getByRole('heading').waitFor()
    expect(await page.evaluate(IS_OVER_DIALOG)).toEqual({ isOnTop: true, isBeside: true })
    await picture(page, 'toast-dialog-360')
    await page.keyboard.press('Escape')
    await page.setViewportSize({ width: 1440, height: 900 })
    await toast.getByRole('link', { name: 'View Workflow' }).click()
    await page.waitForURL(`**/workflows/${failed.id}`)
    await toast.waitFor({ state: 'detached' })
  })

  test('a page that becomes narrow is laid out at once, before the script knows the width', async () => {
    const page = await console.signedIn('datagrid_operator', { at: '/queries' })
    await page.getByRole('heading', { name: 'Queries' }).waitFor()
    await openPane(page)
    // The script of the page learns of no change.
    await page.addInitScript('MediaQueryList.prototype.addEventListener = () => {}')
    await page.reload()
    await page.getByRole('heading', { name: 'Queries' }).waitFor()
    for (const [width, main] of [
      [1440, 912],
      [1024, 840],
      [360, 360],
    ] as const) {
      await page.setViewportSize({ width, height: 900 })
      expect({ width, main: await page.evaluate(WIDTH_OF_MAIN) }).toEqual({ width, main })
    }
  })

  test('of something to approve goes once it is settled, and the log of the run speaks of no error', async () => {
    const ids = await setUp(console.service, operator, { name: 'Held back', emails: people(300) })
    await runOf(console.service, operator, ids)
    await writeCustomers(console.service, 'Held back', people(110))
    const page = await console.signedIn('datagrid_operator', { at: '/queries' })
    await page.getByRole('heading', { name: 'Queries' }).waitFor()
    const { id } = await started(console.service, operator, `/orchestrations/${ids.orchestration}/run`)
    const toast = page.locator('.toast').filter({ hasText: 'Held back → Held back' })
    await toast.waitFor()
    expect(await actOn(console.service, operator, id, 'approve')).toMatchObject({ state: 'succeeded' })
    // Well before its time is over.
    await toast.waitFor({ state: 'detached', timeout: 8_000 })
    await page.goto(`/workflows/${id}?tab=log`)
    await page.getByText(/warning: Large removal: 190 of 300/).waitFor()
  })

  test('of what was sent from a dialog comes when the dialog is closed meanwhile', async () => {
    const page = await console.signedIn('datagrid_operator', {
      at: `/orchestrations/${loyal.orchestration}?dialog=copy`,
    })
    const answer = Promise.withResolvers<void>()
    await page.route('**/api/v1/orchestrations/*/copy', async (route) => {
      await answer.promise
      await route.continue()
    })
    const dialog = page.getByRole('dialog')
    const name = await dialog.getByLabel('Name', { exact: true }).inputValue()
    await dialog.getByRole('button', { name: 'Copy' }).click()
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await dialog.waitFor({ state: 'detached' })
    answer.resolve()
    await page.getByText(`Orchestration "${name}" is saved.`).waitFor()
    expect(at(page)).toBe(`/orchestrations/${loyal.orchestration}`)
  })

  test('successes that follow one another take one line, until they are opened', async () => {
    for (let turn = 0; turn < 3; turn += 1) {
      const ids = await setUp(console.service, operator, { name: `Well ${turn}`, emails: people(110) })
      await runOf(console.service, operator, ids)
    }
    const page = await console.signedIn('datagrid_operator')
    const pane = await openPane(page)
    const group = pane.getByText(/^\d+ completed$/).first()
    await group.waitFor()
    expect(await pane.getByText('Well 1 → Well 1').isVisible()).toBe(false)
    await look(page, 'pane-collapsed-light')
    await group.click()
    await pane.getByText('Well 1 → Well 1').waitFor()
  })
})

test('a token says beforehand that a reload takes it away, and a reload leads to its key without an error', async () => {
  const grants = ['allow_api_key_administration'] as const
  const page = await console.signedIn('datagrid_administrator', {
    at: '/settings/api-keys?dialog=new',
    grants,
  })
  const dialog = page.getByRole('dialog', { name: 'Add API key' })
  await dialog.getByLabel('Name', { exact: true }).fill('nightly')
  await dialog.getByRole('checkbox').first().check()
  await dialog.getByRole('button', { name: 'Add API key' }).click()
  const token = page.getByRole('dialog', { name: 'Token of API key "nightly"' })
  await token.getByText('If you close or reload this page, it is gone.').waitFor()
  page.on('dialog', (asked) => void asked.accept())
  await page.reload()
  await page.getByRole('heading', { name: 'nightly' }).waitFor()
  expect(await page.getByRole('dialog').count()).toBe(0)
  expect(await page.getByRole('alert').count()).toBe(0)
})
