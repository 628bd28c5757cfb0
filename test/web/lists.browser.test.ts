import { sql } from 'kysely'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { queriesRunHere } from '../support/queries-here.ts'
import { AD_ACCOUNTS } from '../../simulator/main.ts'
import { membersOf } from '../destinations/customer-list/support.ts'
import { ended, membersOn, people, runOf, setUp, writeCustomers } from '../server/support.ts'
import type { Client, Ids, WorkflowView } from '../server/support.ts'
import { placesOf, sharesOf } from './charts.ts'
import { look, openConsole, openPane } from './console.ts'
import type { Console } from './console.ts'
import { AMBER, edgesOf, RED } from './stage-edges.ts'

queriesRunHere()

/** How every list stands, one list in full, and the difference before it is sent. */

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

const run = (ids: Ids): Promise<WorkflowView> => runOf(console.service, operator, ids)

/** A list with some history. */
async function grown(name: string): Promise<Ids> {
  const ids = await setUp(console.service, operator, { name, emails: people(1_200) })
  for (const [count, from] of [
    [1_200, 0],
    [1_350, 40],
    [1_300, 60],
    [1_500, 90],
  ] as const) {
    await writeCustomers(console.service, name, [...people(count, from), 'nobody', ''])
    await run(ids)
  }
  return ids
}

const onList = (name: string): string[] => membersOn(console.service, name)

/** Moves the runs of a list into the past, the oldest first. */
async function ranHoursAgo(listId: string, hours: readonly number[]): Promise<void> {
  await sql`update change_set
    set told_after_at = now() - (${sql.val(hours)}::int[])[ran.place] * interval '1 hour'
    from (select id, row_number() over (order by number) as place from change_set where list_id = ${listId}) ran
    where ran.id = change_set.id`.execute(console.service.platform.store.db)
}

/** Runs in the page: the states whose words are wider than their stage. */
function widerThanStage(stages: readonly unknown[]): string[] {
  interface Element {
    readonly textContent: string
    getBoundingClientRect(): { readonly right: number }
    querySelector(selector: string): Element
  }
  return (stages as readonly Element[]).flatMap((stage) => {
    const word = stage.querySelector('.mark .nowrap')
    return word.getBoundingClientRect().right > stage.getBoundingClientRect().right + 1
      ? [word.textContent]
      : []
  })
}

async function openPlan(page: Page, ids: Ids): Promise<void> {
  await page.goto(`/orchestrations/${ids.orchestration}/plan`)
  await page.getByRole('heading', { name: 'What would happen?' }).waitFor()
}

/** Waits for the workflow that the page went to. */
async function succeeded(page: Page): Promise<void> {
  await page.waitForURL('**/workflows/wf_*')
  const id = new URL(page.url()).pathname.split('/').at(-1) ?? ''
  expect(await ended(console.service, operator, id)).toMatchObject({ state: 'succeeded' })
  await page.locator('.page-about').getByText('Succeeded').waitFor()
}

describe('the overview', () => {
  test('shows every list with its trend, worst first, and leads to the list', async () => {
    await grown('Loyal customers')
    const few = await setUp(console.service, operator, { name: 'Lapsed customers', emails: people(30) })
    await run(few)
    const page = await console.signedIn('datagrid_operator')
    const table = page.getByRole('table', { name: 'Lists, worst first' })
    await table.getByRole('link', { name: 'Loyal customers' }).waitFor()
    expect(await table.getByRole('row').nth(1).innerText()).toContain('Failed: Not enough records')
    expect(
      await table
        .getByRole('row', { name: 'Loyal customers' })
        .getByRole('img', { name: 'Members over the last 4 runs: from 1,200 to 1,500' })
        .count(),
    ).toBe(1)
    await look(page, 'overview-lists')
    await table.getByRole('link', { name: 'Loyal customers' }).click()
    await page.getByRole('heading', { name: 'Loyal customers', level: 1 }).waitFor()
  })
})

describe('a list', () => {
  test('shows what every run did, what Pinterest counts beside it, and how far the audience is', async () => {
    const ids = await grown('Newsletter')
    const { listId } = await operator.ok<{ listId: string }>('GET', `/orchestrations/${ids.orchestration}`)
    await ranHoursAgo(listId, [10, 3, 1, 0])
    const page = await console.signedIn('datagrid_operator', { at: `/lists/${listId}` })
    await page.getByText('Everything that Pinterest counts was sent by Rollcall').waitFor()
    const counters = page.getByRole('table', { name: 'What Pinterest counts beside what was sent' })
    expect(await counters.getByRole('row', { name: /^Uploaded records/ }).innerText()).toMatch(
      /1,620\s+1,620/,
    )
    expect(await page.getByRole('list', { name: 'Audience' }).innerText()).toContain('List processed')
    const members = page.getByRole('figure', { name: 'Members over time' })
    await members.locator('svg').first().waitFor()
    const { history } = await operator.ok<{ history: { at: string }[] }>('GET', `/lists/${listId}`)
    const times = sharesOf(history.map(({ at }) => Date.parse(at)))
    expect(times).toEqual([0, 70, 90, 100])
    expect(sharesOf(await members.locator('.recharts-line-dot').evaluateAll(placesOf))).toEqual(times)
    const changes = page.getByRole('figure', { name: 'Added and removed by each run' })
    const ticks = await changes
      .locator('.recharts-yAxis-tick-labels .recharts-cartesian-axis-tick-value')
      .allTextContents()
    expect(ticks.filter((tick) => !/^(?:−[1-9][\d,]*|0|\+[1-9][\d,]*)$/.test(tick))).toEqual([])
    expect(ticks.map((tick) => tick.slice(0, 1))).toEqual(expect.arrayContaining(['−', '0', '+']))
    await look(page, 'list-light')

    const { control } = console.service.simulator
    const [list] = control.lists(AD_ACCOUNTS.owned, 'Newsletter')
    control.changeElsewhere(list?.id ?? '', { add: ['a'.repeat(64)] })
    await page.getByRole('button', { name: 'Verify' }).click()
    await page
      .locator('.notice.tone-warn')
      .getByText('1 request and 1 added record more than Rollcall sent')
      .first()
      .waitFor()
    expect(await counters.getByRole('row', { name: /^Uploaded records/ }).innerText()).toContain(
      '1,621 (more)',
    )

    // No run has seen it, and it counts all the same.
    const headline = page.locator('.page-about')
    await headline.getByText('Changed elsewhere').waitFor()
    await run(ids)
    await page.reload()
    await headline.getByText('Changed elsewhere').waitFor()
    await page.getByRole('link', { name: 'Show Resolutions' }).waitFor()
    expect(await counters.getByRole('row', { name: /^Uploaded records/ }).innerText()).toMatch(
      /1,620\s+1,621 \(more\)/,
    )
    await page.goto('/')
    const row = page
      .getByRole('table', { name: 'Lists, worst first' })
      .getByRole('row', { name: 'Newsletter' })
    await row.getByText('Changed elsewhere').waitFor()
    await page
      .locator('.page-about')
      .getByText('need attention')
      .or(page.getByText('1 needs attention'))
      .waitFor()
    await page.locator('.notice').getByText('List changed elsewhere: customer list "Newsletter"').waitFor()

    await page.goto(`/lists/${listId}`)
    await page.getByRole('button', { name: 'More for Newsletter' }).click()
    await page.getByRole('menuitem', { name: 'Rebuild' }).click()
    const dialog = page.getByRole('dialog', { name: 'Rebuild "Newsletter"?' })
    await look(page, 'list-rebuild-light')
    await dialog.getByRole('button', { name: 'Rebuild' }).click()
    await succeeded(page)
    expect(control.lists(AD_ACCOUNTS.owned, 'Newsletter')).toHaveLength(2)
  })

  test('that others changed counts as right again when a person accepts it', async () => {
    const ids = await setUp(console.service, operator, { name: 'Accepted', emails: people(120) })
    await run(ids)
    const { control } = console.service.simulator
    const [list] = control.lists(AD_ACCOUNTS.owned, 'Accepted')
    control.changeElsewhere(list?.id ?? '', { add: ['a'.repeat(64)] })
    await run(ids)
    const { listId } = await operator.ok<{ listId: string }>('GET', `/orchestrations/${ids.orchestration}`)
    const page = await console.signedIn('datagrid_operator', { at: '/workflows?search=Accepted' })
    const headline = page.locator('.page-about')
    await page.getByRole('link', { name: 'Succeeded with 1 warning' }).click()
    await headline.getByRole('link', { name: 'Succeeded with 1 warning' }).waitFor()
    expect(await page.locator('#problems').innerText()).toContain('List changed elsewhere')
    await page.goto('/orchestrations?search=Accepted')
    await page.getByRole('link', { name: 'Succeeded with 1 warning' }).waitFor()
    await page.goto(`/lists/${listId}`)
    await headline.getByText('Changed elsewhere').waitFor()
    await page.getByRole('link', { name: 'Show Resolutions' }).click()
    await page.getByRole('radio', { name: 'Accept as is' }).check()
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('button', { name: 'Resolve' }).click()
    await page.getByText('The list is accepted as it is.').waitFor()
    await page.getByText(/^Accepted as is by /).waitFor()
    await headline.getByText('Succeeded', { exact: true }).waitFor()
    expect(await page.getByRole('button', { name: 'Show Resolutions' }).count()).toBe(0)
    await page.goto(`/lists/${listId}`)
    await headline.getByText('In step').waitFor()
    expect(await headline.getByText('Changed elsewhere').count()).toBe(0)
    await page
      .getByText(/^1 record was added elsewhere; accepted by .+\. Rollcall sent everything else\./)
      .waitFor()
    expect(await page.getByText('Everything that Pinterest counts was sent by Rollcall').count()).toBe(0)
  })

  test('that was never made says what makes it', async () => {
    const ids = await setUp(console.service, operator, { name: 'Not yet', emails: people(120) })
    const { listId } = await operator.ok<{ listId: string }>('GET', `/orchestrations/${ids.orchestration}`)
    const page = await console.signedIn('datagrid_operator_read_only', { at: `/lists/${listId}` })
    await page.getByText('The first run that sends members creates it.').waitFor()
    expect(await page.getByRole('button', { name: /^More/ }).count()).toBe(0)
    await look(page, 'list-empty-light')
  })
})

describe('the difference', () => {
  test('is seen before anything is sent, and sent by one click', async () => {
    const ids = await setUp(console.service, operator, {
      name: 'Reviewed',
      emails: [...people(150), 'nobody', 'person1@example.com'],
    })
    const page = await console.signedIn('datagrid_operator')
    await openPlan(page, ids)
    await look(page, 'plan-ask-light')
    await page.getByRole('button', { name: 'Compare now' }).click()
    const difference = page.getByRole('region', { name: 'The difference' })
    await difference.waitFor()
    expect(await difference.innerText()).toMatch(/0\s+members now\s+\+150\s+arrive\s+−0\s+leave\s+150/)
    await page.getByText('1 duplicate, 1 rejected: 1 syntax.').waitFor()
    await page.getByText('p•', { exact: false }).first().waitFor()
    expect(onList('Reviewed')).toEqual([])
    await look(page, 'plan-light')
    await page.getByRole('button', { name: 'Send +150 −0' }).click()
    await succeeded(page)
    expect(onList('Reviewed')).toEqual(membersOf(people(150)))
  })

  test('of a large removal is approved by typing its number, with the keyboard alone', async () => {
    const ids = await setUp(console.service, operator, { name: 'Shrinking', emails: people(1_400) })
    await run(ids)
    await writeCustomers(console.service, 'Shrinking', people(200))
    await run(ids)
    const page = await console.signedIn('datagrid_operator')
    await openPlan(page, ids)
    const number = page.getByRole('textbox', { name: /type the number of members to remove: 1,200/ })
    await number.focus()
    await page.keyboard.type('1000')
    await page.getByText('The numbers do not match.').waitFor()
    await look(page, 'plan-removal-light')
    await page.keyboard.press('Enter')
    expect(onList('Shrinking')).toHaveLength(1_400)
    for (let index = 0; index < 4; index += 1) await page.keyboard.press('Backspace')
    await page.keyboard.type('1,200')
    await page.keyboard.press('Tab')
    await page.getByRole('button', { name: 'Send +0 −1,200' }).press('Enter')
    await succeeded(page)
    expect(onList('Shrinking')).toEqual(membersOf(people(200)))
  })

  test('of a large removal and addition is approved by both numbers, under Show Resolutions too', async () => {
    const ids = await setUp(console.service, operator, { name: 'Replaced', emails: people(1_000) })
    await run(ids)
    await writeCustomers(console.service, 'Replaced', people(2_500, 5_000))
    const workflow = await run(ids)
    const page = await console.signedIn('datagrid_operator', { at: `/workflows/${workflow.id}` })
    const said =
      'Large removal: 1,000 of 1,000 members would be removed (100 %), more than the limit of 50 %. 2,500 would be added (250 %), more than the limit of 200 %. Nothing has been sent yet.'
    await page.getByRole('main').getByText(said, { exact: true }).first().waitFor()
    const stages = page.getByRole('list', { name: 'Stages' }).getByRole('listitem')
    await stages.filter({ hasText: 'Guard' }).getByText('Needs approval').waitFor()
    const edges = await stages.evaluateAll(edgesOf)
    expect(edges.filter(([, colour]) => colour === AMBER).map(([name]) => name)).toEqual(['Guard'])
    expect(edges.filter(([, colour]) => colour === RED)).toEqual([])
    await look(page, 'workflow-guard-waits-light')
    await openPane(page)
    await page.getByText('Needs approval: 1,000 of 1,000 members would be removed').first().waitFor()
    // The words of each state fit beside one another, however wide the page is.
    const size = page.viewportSize() ?? { width: 1280, height: 800 }
    for (const width of [1280, 1400, 1540, 1680]) {
      await page.setViewportSize({ ...size, width })
      expect(await stages.evaluateAll(widerThanStage), `${width} px`).toEqual([])
    }
    await page.setViewportSize(size)
    await page.getByRole('button', { name: 'Show Resolutions' }).click()
    const dialog = page.getByRole('dialog', { name: 'Resolutions' })
    const choice = dialog.getByRole('radio', { name: 'Approve the change' })
    await choice.waitFor()
    expect(await dialog.getByRole('radio', { checked: true }).count()).toBe(0)
    expect(await dialog.getByRole('button', { name: 'Continue' }).isDisabled()).toBe(true)
    await choice.check()
    await dialog.getByRole('button', { name: 'Continue' }).click()
    const resolve = page.getByRole('button', { name: 'Add 2,500 and remove 1,000 members' })
    await resolve.waitFor()
    expect(await resolve.isDisabled()).toBe(true)
    await page.getByRole('textbox', { name: /type the number of members to remove: 1,000/ }).fill('1000')
    expect(await resolve.isDisabled()).toBe(true)
    await look(page, 'action-approve-light')
    await page.getByRole('textbox', { name: /type the number of members to add: 2,500/ }).fill('2,500')
    expect(onList('Replaced')).toEqual(membersOf(people(1_000)))
    await page.keyboard.press('Enter')
    await page.getByText('Sending 2,500 additions and 1,000 removals.').waitFor()
    await succeeded(page)
    expect(onList('Replaced')).toEqual(membersOf(people(2_500, 5_000)))
    // What the run is about is a link each, and the log says who decided.
    const main = page.getByRole('main')
    for (const path of [
      `/orchestrations/${ids.orchestration}`,
      `/queries/${ids.query}`,
      `/destinations/`,
      '/lists/',
    ])
      await main.locator(`.run-links a[href^="${path}"]`).waitFor()
    await page.getByRole('tab', { name: 'Run log' }).click()
    await page.getByText(/^Change approved by /).waitFor()
    // The page stands once in the history, so that the first step back leaves it.
    await page.goBack()
    await page.waitForURL((url) => !url.href.includes(workflow.id))
  })

  test('of a large removal that waits after the additions says that they were sent', async () => {
    const ids = await setUp(console.service, operator, { name: 'Additions first', emails: people(300) })
    await run(ids)
    await operator.ok('PATCH', `/orchestrations/${ids.orchestration}`, {
      sendAdditionsFirst: true,
      version: 1,
    })
    await writeCustomers(console.service, 'Additions first', people(200, 280))
    await run(ids)
    const page = await console.signedIn('datagrid_operator')
    await openPlan(page, ids)
    await page.getByText('New members have been added. The removals need your approval.').waitFor()
    await page.getByRole('textbox', { name: /type the number of members to remove: 280/ }).fill('280')
    await page.getByRole('button', { name: 'Remove 280 members' }).click()
    await succeeded(page)
    expect(onList('Additions first')).toEqual(membersOf(people(200, 280)))
  })

  test('is cancelled, and nothing was sent', async () => {
    const ids = await setUp(console.service, operator, { name: 'Cancelled', emails: people(120) })
    const page = await console.signedIn('datagrid_operator')
    await openPlan(page, ids)
    await page.getByRole('button', { name: 'Compare now' }).click()
    await page.getByRole('button', { name: 'Cancel, send nothing' }).click()
    await page.waitForURL('**/workflows/wf_*')
    await page.locator('.page-about').getByText('Compared, not sent').waitFor()
    expect(onList('Cancelled')).toEqual([])
  })

  test('that fails says why and leads to its resolutions', async () => {
    const ids = await setUp(console.service, operator, { name: 'Nobody', emails: ['nobody'] })
    const page = await console.signedIn('datagrid_operator')
    await openPlan(page, ids)
    await page.getByRole('button', { name: 'Compare now' }).click()
    await page.getByRole('alert').getByText('Not enough records').waitFor()
    await look(page, 'plan-failed-light')
    await page.getByRole('link', { name: 'Show Resolutions' }).click()
    const dialog = page.getByRole('dialog', { name: 'Resolutions' })
    expect(await dialog.innerText()).toContain('the query returned no valid address')
  })

  test('is shown to who may only read, without a button to send', async () => {
    const ids = await setUp(console.service, operator, { name: 'Only read', emails: people(120) })
    const { workflow } = await operator.ok<{ workflow: string }>(
      'POST',
      `/orchestrations/${ids.orchestration}/plan`,
    )
    await ended(console.service, operator, workflow)
    const page = await console.signedIn('datagrid_operator_read_only')
    await openPlan(page, ids)
    await page.getByText('An operator can decide.').waitFor()
    expect(await page.getByRole('button', { name: /^Send/ }).count()).toBe(0)
  })
})
