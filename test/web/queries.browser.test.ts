import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inChildren, queriesRunHere } from '../support/queries-here.ts'
import { people, setUp } from '../server/support.ts'
import type { Client as ApiClient } from '../server/support.ts'
import { complaintsOf, look, openConsole } from './console.ts'
import type { Console } from './console.ts'
import { draftOf, editor, focusByTab, hasFocus, retype, sourceOf, takeOffered } from './query-page.ts'

/** Queries, as the people who write them see them. */

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

/** Runs in the page: the answer to an activation comes when the page has heard of it already, and the dialog is gone. */
const ANSWERED_LATE = `{
  const ask = fetch
  globalThis.fetch = async (...asked) => {
    const answer = await ask(...asked)
    if (String(asked[0]).endsWith('/activate'))
      while (document.querySelector('[role=dialog]') !== null) await new Promise(requestAnimationFrame)
    return answer
  }
}`

describe('a query', () => {
  test('is made, completed while it is typed, run, counted and activated', async () => {
    await sourceOf(console, operator, 'Loyal customers')
    const page = await console.signedIn('analyst')
    const complaints = complaintsOf(page)
    await page.getByRole('link', { name: 'Queries' }).click()
    await page.getByRole('button', { name: 'New query' }).click()
    const dialog = page.getByRole('dialog', { name: 'New query' })
    await dialog.getByLabel('Name').fill('Loyal')
    await dialog.getByRole('combobox', { name: 'Data source' }).fill('Loyal cust')
    await page.getByRole('option', { name: 'Loyal customers' }).click()
    await look(page, 'query-new-light')
    await dialog.getByRole('button', { name: 'Save draft' }).click()

    await page.getByRole('heading', { name: 'Loyal', exact: true }).waitFor()
    expect(await editor(page).innerText()).toMatch(/^SELECT email\nFROM input\n/)
    await page.getByText('Draft, not yet active.').waitFor()

    await editor(page).click()
    await page.keyboard.press('ControlOrMeta+End')
    await page.keyboard.type('WHERE ema')
    await takeOffered(page, /^email/)
    await page.keyboard.insertText(" <> 'person0@example.com'")
    await page.getByText('Not saved yet.').waitFor()

    await page.getByRole('button', { name: 'Run' }).click()
    await page.getByText('First 100 rows').waitFor()
    await page.getByRole('cell', { name: 'person1@example.com' }).waitFor()
    await page.getByText('Not saved yet.').waitFor()
    await page.getByRole('button', { name: 'Count', exact: true }).click()
    await page.getByText('119 rows').first().waitFor()
    await look(page, 'query-run-light')

    await page.getByRole('button', { name: 'Activate' }).click()
    const activate = page.getByRole('dialog', { name: 'Activate the draft?' })
    await activate.getByText('119 rows').first().waitFor()
    await page.evaluate(ANSWERED_LATE)
    await activate.getByRole('button', { name: 'Activate' }).click()
    await page.getByText('Runs use this text').waitFor()
    await page.getByText('Query "Loyal" is active.').waitFor()
    await page.waitForURL((url) => !url.searchParams.has('dialog'))
    expect(complaints).toEqual([])
  })

  test('keeps the text that runs until the draft is activated, and shows what would change', async () => {
    const ids = await setUp(console.service, operator, { name: 'Newsletter', emails: people(120) })
    const page = await console.signedIn('analyst', { at: `/queries/${ids.query}` })
    await page.getByText('Runs use this text').waitFor()
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
    await page.getByText('Runs use this text').waitFor()
    expect(await editor(page).innerText()).not.toContain('LIMIT')
  })

  test('says in place where the source refuses it, and what is wrong with its e-mail column', async () => {
    const id = await draftOf(console, operator, 'Refused', 'SELECT email\nFROM input\n  WHRE x = 1')
    const page = await console.signedIn('analyst', { at: `/queries/${id}` })
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

  test(
    'that takes long can be stopped',
    inChildren(async () => {
      const id = await draftOf(
        console,
        operator,
        'Endless',
        'SELECT email FROM input, range(100000000000) WHERE length(email) > range',
      )
      const page = await console.signedIn('analyst', { at: `/queries/${id}` })
      await page.getByRole('button', { name: 'Count', exact: true }).click()
      await page.getByText('Counting the rows').waitFor()
      const ended = page.waitForEvent('requestfailed')
      await page.getByRole('button', { name: 'Stop' }).click()
      expect((await ended).url()).toContain('/count')
      await page.getByText('Nothing has run yet.').waitFor()
    }),
  )
})

test('many orchestrations of a query are ten names and how many more; no rows are a run that fails', async () => {
  const ids = await setUp(console.service, operator, { name: 'Used a lot', emails: people(120) })
  for (let turn = 0; turn < 12; turn += 1)
    await operator.ok('POST', `/orchestrations/${ids.orchestration}/copy`, {
      name: `Used ${turn}`,
      listName: `Used ${turn}`,
    })
  const page = await console.signedIn('analyst', { at: `/queries/${ids.query}` })
  await page.getByText('and 3 more').waitFor()
  await retype(page, 'SELECT email FROM input WHERE false')
  await page.getByRole('button', { name: 'Count', exact: true }).click()
  await page.getByText('No rows: a run fails').waitFor()
  expect(await page.getByRole('listitem').getByRole('link', { name: /^Used/ }).count()).toBe(10)
})

describe('somebody else', () => {
  test('keeps the draft when another person runs and counts what they typed; each result says whether it is of the text', async () => {
    const id = await draftOf(console, operator, 'Only looked at', 'SELECT email FROM input')
    const page = await console.signedIn('analyst', { at: `/queries/${id}` })
    await retype(page, "SELECT email AS mail FROM input WHERE email LIKE 'person11%'")
    await page.keyboard.press('ControlOrMeta+Enter')
    await page.getByText('All 11 rows').waitFor()
    await page.getByText('has no column "email"').waitFor()
    await retype(page, "SELECT email FROM input WHERE email LIKE 'person10%'")
    await page.getByText('The text has changed since then.').waitFor()
    expect(await page.getByText('has no column "email"').count()).toBe(0)
    await page.getByRole('button', { name: 'Count', exact: true }).click()
    await page.getByText('counted in').waitFor()
    // The rows beside it are of the other text still.
    expect(await page.getByText('The text has changed since then.').count()).toBe(1)
    await page.getByText('Not saved yet.').waitFor()
    const kept = await operator.ok<{ draft: { sql: string }; version: number }>('GET', `/queries/${id}`)
    expect(kept).toMatchObject({ draft: { sql: 'SELECT email FROM input' }, version: 1 })
  })

  test('who saves meanwhile overwrites nothing that is being typed, and theirs can be seen and taken or replaced', async () => {
    const id = await draftOf(console, operator, 'Shared', 'SELECT email FROM input')
    const page = await console.signedIn('analyst', { at: `/queries/${id}` })
    await retype(page, 'SELECT email FROM input -- mine')
    await operator.ok('PATCH', `/queries/${id}`, {
      version: 1,
      draft: { sql: 'SELECT email FROM input -- theirs' },
    })
    await page.keyboard.press('ControlOrMeta+s')
    await page.getByText('This query was saved while you typed').waitFor()
    expect(await editor(page).innerText()).toContain('-- mine')
    await page.getByRole('button', { name: 'View theirs' }).click()
    const both = page.getByRole('dialog', { name: 'Theirs and yours' })
    expect(await both.getByRole('region').innerText()).toMatch(/− .*-- theirs[^]*\+ .*-- mine/)
    await look(page, 'query-theirs-light')
    await both.getByRole('button', { name: 'Keep mine' }).click()
    await page.getByRole('button', { name: 'Save draft' }).click()
    await page.getByText('Draft, not yet active.').waitFor()
    const saved = await operator.ok<{ draft: { sql: string } }>('GET', `/queries/${id}`)
    expect(saved.draft.sql).toBe('SELECT email FROM input -- mine')
  })

  test('who saves while nothing is typed is simply seen', async () => {
    const id = await draftOf(console, operator, 'Watched', 'SELECT email FROM input')
    const page = await console.signedIn('analyst', { at: `/queries/${id}` })
    await editor(page).getByText('FROM input').waitFor()
    await operator.ok('PATCH', `/queries/${id}`, {
      version: 1,
      draft: { sql: 'SELECT email FROM input -- theirs' },
    })
    await editor(page).getByText('-- theirs').waitFor()
    expect(await page.getByText('was saved while you typed').count()).toBe(0)
  })
})

describe('what was typed', () => {
  test('is not lost by leaving without a question', async () => {
    const id = await draftOf(console, operator, 'Left', 'SELECT email FROM input')
    const page = await console.signedIn('analyst', { at: `/queries/${id}` })
    await retype(page, 'SELECT email FROM input LIMIT 3')
    await page.getByRole('link', { name: 'Workflows' }).click()
    const question = page.getByRole('dialog', { name: 'Leave without saving?' })
    await question.getByRole('button', { name: 'Cancel' }).click()
    await question.waitFor({ state: 'detached' })
    expect(await editor(page).innerText()).toContain('LIMIT 3')
    await page.getByRole('link', { name: 'Workflows' }).click()
    await question.getByRole('button', { name: 'Leave' }).click()
    await page.getByRole('heading', { name: 'Workflows' }).waitFor()
    await page.goBack()
    await page.getByRole('heading', { name: 'Left' }).waitFor()
    expect(await editor(page).innerText()).not.toContain('LIMIT 3')
  })

  test('with the keyboard alone is completed, run and activated, and Tab leads out of the editor', async () => {
    const id = await draftOf(console, operator, 'By keyboard', 'SELECT 1')
    const page = await console.signedIn('analyst', { at: `/queries/${id}` })
    await page.getByText('email', { exact: true }).waitFor()
    await focusByTab(page, editor(page))
    await page.keyboard.press('ControlOrMeta+a')
    await page.keyboard.type('SELECT em')
    await takeOffered(page, /^email/)
    await page.keyboard.type(' FROM inp')
    await takeOffered(page, /^input/)
    await page.keyboard.press('Tab')
    expect(await editor(page).evaluate(hasFocus)).toBe(true)
    await page.keyboard.press('ControlOrMeta+Enter')
    await page.getByText('First 100 rows').waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('Tab')
    expect(await page.getByLabel('E-mail column').evaluate(hasFocus)).toBe(true)
    const activate = page.getByRole('button', { name: 'Activate' })
    await focusByTab(page, activate, 'Shift+Tab')
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Activate the draft?' })
    await focusByTab(page, dialog.getByRole('button', { name: 'Activate' }))
    await page.keyboard.press('Enter')
    await page.getByText('Runs use this text').waitFor()
  })
})

describe('who may do less', () => {
  test('sees that personal columns are hidden and why, and no count', async () => {
    const id = await draftOf(console, operator, 'Masked', "SELECT email, 'Ada' AS name FROM input")
    const page = await console.signedIn('analyst', { at: `/queries/${id}`, grants: ['restrict_pii_access'] })
    await page.getByRole('button', { name: 'Run' }).click()
    await page.getByText('The others show real values').waitFor()
    await page.getByRole('columnheader', { name: /^email .*hidden$/ }).waitFor()
    await page.getByRole('cell', { name: '•••' }).first().waitFor()
    expect(await page.getByRole('region', { name: 'First rows' }).innerText()).not.toMatch(/person\d/)
    expect(await page.getByRole('button', { name: 'Count', exact: true }).count()).toBe(0)
    expect(await page.getByRole('button', { name: 'Activate' }).count()).toBe(0)
    await page.getByText(/^.*Draft by /).waitFor()
    await page.getByText('You cannot activate it').waitFor()
    await look(page, 'query-masked-light')
    const none = await draftOf(
      console,
      operator,
      'Masked none',
      "SELECT email FROM input WHERE email LIKE '%@example.com'",
    )
    await page.goto(`/queries/${none}`)
    await page.getByRole('button', { name: 'Run' }).click()
    await page.getByText('A run may find rows all the same').waitFor()
    await retype(page, "SELECT count(*) AS n FROM input WHERE email LIKE '%@example.com'")
    await page.getByRole('button', { name: 'Run' }).click()
    await page.getByText('No value below is real').waitFor()
    await page.getByRole('columnheader', { name: /^n .*not real$/ }).waitFor()
  })

  test('reads the same page and is offered no change', async () => {
    const id = await draftOf(console, operator, 'Only read', 'SELECT email FROM input')
    const page = await console.signedIn('analyst_read_only', { at: `/queries/${id}?dialog=thresholds` })
    await page.getByText('Draft, not yet active.').waitFor()
    await page.getByText('varchar').waitFor()
    await retype(page, 'SELECT 2')
    expect(await editor(page).innerText()).toBe('SELECT email FROM input')
    const main = page.getByRole('main')
    expect(await main.getByRole('button').allInnerTexts()).toEqual(['', 'Read again'])
    expect(await page.getByRole('dialog').count()).toBe(0)
    await page.goto('/queries?dialog=new')
    await page.getByRole('link', { name: 'Only read' }).waitFor()
    expect(await main.getByRole('button').count()).toBe(0)
    await look(page, 'queries-read-only-light')
  })
})

describe('thresholds', () => {
  test('that contradict are refused in place; what a count would mean to a run is said', async () => {
    const id = await draftOf(console, operator, 'Bounded', 'SELECT email FROM input')
    const page = await console.signedIn('analyst', { at: `/queries/${id}` })
    await page.getByRole('button', { name: 'Edit thresholds' }).click()
    const dialog = page.getByRole('dialog', { name: 'Edit thresholds' })
    const warn = dialog.getByRole('group', { name: 'Warn when' })
    await warn.getByLabel('Fewer rows than').fill('500')
    await warn.getByLabel('More rows than').fill('10')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByText('less than the other bound').waitFor()
    await look(page, 'query-thresholds-light')
    await warn.getByLabel('More rows than').fill('2000')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByText('fewer than 500 or more than 2,000 rows').waitFor()
    await page.getByRole('button', { name: 'Count', exact: true }).click()
    await page.getByText('Fewer than 500 rows: a run warns').waitFor()
    const { thresholds } = await operator.ok<{ thresholds: object }>('GET', `/queries/${id}`)
    expect(thresholds).toEqual({ warnBelow: 500, warnAbove: 2000 })
  })
})

describe('the editor with its result', () => {
  test('has enough contrast and room, dark and narrow', async () => {
    const name = 'Looked at'
    const ids = await setUp(console.service, operator, { name, emails: people(120) })
    await operator.ok('PATCH', `/queries/${ids.query}`, {
      version: 2,
      draft: { sql: "-- everybody\nSELECT email, 'a rather long value' AS note, 42 AS number\nFROM input\n" },
    })
    const page = await console.signedIn('datagrid_operator')
    const complaints = complaintsOf(page)
    const seen = async (what: string): Promise<void> => {
      for (const [scheme, width] of [
        ['dark', 1440],
        ['light', 360],
      ] as const) {
        await page.setViewportSize({ width, height: 900 })
        await page.emulateMedia({ colorScheme: scheme })
        // The editor measures itself anew.
        await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))')
        await look(page, `${what}-${scheme}-${width}`)
      }
    }
    await page.goto(`/queries/${ids.query}`)
    await page.getByText('varchar').first().waitFor()
    await seen('query-tables')
    await page.getByRole('button', { name: 'Run' }).click()
    await page.getByText('First 100 rows').waitFor()
    await seen('query-result')
    await page.getByRole('button', { name: 'Activate' }).click()
    await page.getByRole('dialog').getByText('120 rows').nth(1).waitFor()
    await seen('query-activate')
    expect(complaints).toEqual([])
  })
})
