import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { serve } from '@hono/node-server'
import { sql } from 'kysely'
import type { Page } from 'playwright-core'
import { plainInputs } from '../src/destinations/customer-list/inputs/inputs.ts'
import type { Platform } from '../src/platform/open.ts'
import { storedInputs } from '../src/destinations/customer-list/inputs/stored-inputs.ts'
import { openBrowser } from '../test/web/browser.ts'
import { buildConsole } from '../test/web/built.ts'
import { withHistory } from './long-history.ts'
import { median } from './measure.ts'

/**
 * How long the console's run history takes to answer a person, in the real browser: from the event to the next painted frame, and until
 * the new rows are there. Usage: `npm run bench:console -- [WORKFLOWS] [--rounds N]`. Uses a data folder of its own and removes it.
 */

interface Times {
  readonly paintMs: number
  readonly rowsMs: number
}

/** One kind of interaction, again and again. */
interface Interaction {
  readonly name: string
  readonly event: 'click' | 'change' | 'input' | 'popstate'
  readonly act: (page: Page, round: number) => Promise<void>
  readonly before?: (page: Page) => Promise<void>
}

const LONG = 'wf_00000001'

const interactions: readonly Interaction[] = [
  {
    name: 'change the filter of states',
    event: 'change',
    before: toHistory,
    act: async (page, round) => {
      await page.getByLabel('State').selectOption(round % 2 === 0 ? 'failed' : 'succeeded')
    },
  },
  {
    name: 'next page',
    event: 'click',
    before: toHistory,
    act: (page) => page.getByRole('button', { name: 'Older', exact: true }).click(),
  },
  {
    name: 'type in search (its rows wait 250 ms for more)',
    event: 'input',
    before: toHistory,
    act: (page, round) =>
      page
        .getByRole('main')
        .getByLabel('Search')
        .press(round % 2 === 0 ? '7' : 'Backspace'),
  },
  {
    name: 'open a workflow',
    event: 'click',
    before: toHistory,
    act: async (page, round) => {
      await page.getByRole('table').getByRole('link').nth(round).click()
      await page.getByRole('tab', { name: 'Tasks' }).waitFor()
    },
  },
  {
    name: 'go back to the history',
    event: 'popstate',
    before: async (page) => {
      await toHistory(page)
      await page.getByRole('table').getByRole('link').first().click()
      await page.getByRole('tab', { name: 'Tasks' }).waitFor()
    },
    act: async (page) => void (await page.goBack()),
  },
  {
    name: 'open a run log of 5,000 lines',
    event: 'click',
    before: toLong,
    act: (page) => page.getByRole('tab', { name: 'Run log' }).click(),
  },
  {
    name: 'show all 5,000 lines',
    event: 'click',
    before: async (page) => {
      await toLong(page)
      await page.getByRole('tab', { name: 'Run log' }).click()
    },
    act: (page) => page.getByRole('button', { name: 'Show all' }).click(),
  },
  {
    name: 'open 1,000 receipts',
    event: 'click',
    before: toLong,
    act: (page) => page.getByRole('tab', { name: 'Receipts' }).click(),
  },
  {
    name: 'show all 1,000 receipts',
    event: 'click',
    before: async (page) => {
      await toLong(page)
      await page.getByRole('tab', { name: 'Receipts' }).click()
    },
    act: (page) => page.getByRole('button', { name: 'Show all' }).click(),
  },
]

/** Those that begin anew each time, since their end is not where they began. */
const isAnew = ({ name }: Interaction): boolean => !/filter|next page|search/.test(name)

async function toHistory(page: Page): Promise<void> {
  await page.goto('/workflows')
  await page.getByRole('table').getByRole('link').first().waitFor()
}

async function toLong(page: Page): Promise<void> {
  await page.goto(`/workflows/${LONG}`)
  await page.getByRole('tab', { name: 'Run log' }).waitFor()
}

/** What the functions below see of a page. This project's types are those of Node, which knows no window. */
interface Seen {
  measured: Promise<Times>
  durations: number[]
  readonly document: { readonly querySelector: (selector: string) => { readonly textContent: string } | null }
  readonly addEventListener: (type: string, heard: () => void, how: { once: true; capture: true }) => void
  readonly requestAnimationFrame: (work: () => void) => void
  readonly PerformanceObserver: new (
    heard: (list: { readonly getEntries: () => { duration: number; interactionId: number }[] }) => void,
  ) => { readonly observe: (options: object) => void }
}

/** Runs in the page: keeps what the browser itself says of interactions. */
function observe(): void {
  const seen = globalThis as unknown as Seen
  seen.durations = []
  new seen.PerformanceObserver((list) => {
    for (const { duration, interactionId } of list.getEntries())
      if (interactionId > 0) seen.durations.push(duration)
  }).observe({ type: 'event', durationThreshold: 16, buffered: true })
}

/** Runs in the page: measures from the next event of this type. */
function arm(type: string): void {
  const seen = globalThis as unknown as Seen
  const shown = (): string => {
    const page = seen.document.querySelector('main')
    const rows = seen.document.querySelector('main tbody, main .log')
    return `${seen.document.querySelector('main h1')?.textContent ?? ''} ${rows?.textContent ?? (page === null ? '' : 'none')}`
  }
  const before = shown()
  seen.measured = new Promise((resolve, reject) => {
    const heard = (): void => {
      const started = performance.now()
      let paintMs = Number.NaN
      seen.requestAnimationFrame(() =>
        seen.requestAnimationFrame(() => {
          paintMs = performance.now() - started
        }),
      )
      const look = (): void => {
        const sinceMs = performance.now() - started
        if (!Number.isNaN(paintMs) && shown() !== before) resolve({ paintMs, rowsMs: sinceMs })
        else if (sinceMs > 10_000) reject(new Error('the rows stayed as they were'))
        else seen.requestAnimationFrame(look)
      }
      seen.requestAnimationFrame(look)
    }
    seen.addEventListener(type, heard, { once: true, capture: true })
  })
}

async function measure(page: Page, interaction: Interaction, rounds: number): Promise<Times[]> {
  const times: Times[] = []
  for (let round = 0; round < rounds; round += 1) {
    if (round === 0 || isAnew(interaction)) await interaction.before?.(page)
    await page.evaluate(arm, interaction.event)
    await interaction.act(page, round)
    times.push(await page.evaluate(() => (globalThis as unknown as Seen).measured))
  }
  return times
}

/** The newest workflows can be opened, since what they were given is sealed as that of real ones is; so can one that took very long. */
async function makeOpenable({ store, sealer }: Platform): Promise<void> {
  const { db } = store
  const newest = await db.selectFrom('workflow').select('id').orderBy('number', 'desc').limit(50).execute()
  const given = {
    ...plainInputs,
    from: ['a.csv'],
    query: 'SELECT email FROM input',
    emailColumn: 'email',
    hashed: false,
    adAccountId: '549755880001',
    list: 'list 1',
    yes: false,
    adopt: false,
    rejects: null,
    limits: {},
    cwd: '/srv',
  }
  for (const { id } of [...newest, { id: LONG }]) {
    const inputs = JSON.stringify(storedInputs(given, sealer, id))
    await db.updateTable('workflow').set({ inputs }).where('id', '=', id).execute()
  }
  await sql`insert into run_log (workflow_id, at, level, task, text)
    select ${LONG}, now(), 'info', 'add', 'Batch ' || n || ' confirmed by Pinterest' from generate_series(1, 5000) n`.execute(
    db,
  )
  await sql`insert into batch (change_set_id, number, operation, first, count, state, status, request_id)
    select ${`cs_${LONG}`}, n, 'add', 0, 10000, 'confirmed', 200, n::text from generate_series(5, 1000) n`.execute(
    db,
  )
}

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { rounds: { type: 'string', default: '15' } },
  })
  const [size = 10_000] = positionals.map(Number)
  const rounds = Number(values.rounds)
  await withHistory(size, await buildConsole(), {}, async ({ app, platform }) => {
    await makeOpenable(platform)
    const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 })
    const browser = await openBrowser()
    try {
      const address = server.address()
      if (address === null || typeof address === 'string') throw new Error('the server has no port')
      const context = await browser.newContext({ baseURL: `http://127.0.0.1:${address.port}` })
      const page = await context.newPage()
      await page.addInitScript(observe)
      console.log(
        `${cpus().length} cores, ${size.toLocaleString('en-US')} workflows, ${rounds} rounds each; median and worst, in ms\n`,
      )
      console.log(
        `${'interaction'.padEnd(50)}${'next paint'.padStart(16)}${'rows shown'.padStart(16)}${'event timing'.padStart(16)}`,
      )
      for (const interaction of interactions) {
        const times = await measure(page, interaction, rounds)
        const durations = await page.evaluate(() => (globalThis as unknown as Seen).durations)
        const cells = [times.map((one) => one.paintMs), times.map((one) => one.rowsMs), durations]
        console.log(`${interaction.name.padEnd(50)}${cells.map(cell).join('')}`)
      }
    } finally {
      await browser.close()
      server.close()
      if ('closeAllConnections' in server) server.closeAllConnections()
    }
  })
}

function cell(values: readonly number[]): string {
  return (
    values.length === 0 ? '–' : `${median(values).toFixed(0)} / ${Math.max(...values).toFixed(0)}`
  ).padStart(16)
}

await main()
