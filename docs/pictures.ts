import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { Page } from 'playwright-core'
import { openBrowser } from '../test/web/browser.ts'

/** Pictures of the console for these pages, taken of the demo. `npm run docs:pictures` makes them anew. */

const root = resolve(import.meta.dirname, '..')
const folder = join(root, 'docs/pictures')
const WIDTH = 1440
const HEIGHT = 900

type Scheme = 'light' | 'dark'

interface Picture {
  readonly name: string
  readonly path: string
  readonly scheme?: Scheme
  /** A button that is pressed first. */
  readonly press?: string
  /** What is there once the page is. */
  readonly shows: string
  /** With the pane of notifications beside it. */
  readonly withPane?: boolean
}

interface Demo {
  readonly entrance: string
  readonly end: () => Promise<void>
}

async function startDemo(): Promise<Demo> {
  const child = spawn(process.execPath, [join(root, 'bin/rollcall.js'), 'start', '--demo'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'close')
  const end = async (): Promise<void> => {
    child.kill('SIGTERM')
    await ended
  }
  for await (const line of createInterface({ input: child.stdout })) {
    const entrance = /http:\S+#ticket=\S+/.exec(line)?.[0]
    if (entrance !== undefined) return { entrance, end }
  }
  throw new Error('the demo ended before it said where it is')
}

/** What the demo made, by the names that it gives. */
async function picturesOf(page: Page, origin: string): Promise<readonly Picture[]> {
  const items = async <Row>(path: string): Promise<readonly Row[]> => {
    const answer = await page.request.get(`${origin}/api/v1${path}`)
    return ((await answer.json()) as { items: Row[] }).items
  }
  const idOf = async (path: string, search: string): Promise<string> => {
    const [found] = await items<{ id: string }>(`${path}?search=${encodeURIComponent(search)}&limit=1`)
    if (found === undefined) throw new Error(`the demo has no "${search}" at ${path}`)
    return found.id
  }
  const workflows = await items<{ id: string; name: string; state: string }>('/workflows?limit=100')
  const workflow = (state: string, name: string): string =>
    workflows.find((one) => one.state === state && one.name === name)?.id ?? 'none'
  const loyal = await idOf('/orchestrations', 'Loyal customers')
  const loyalList = await idOf('/lists', 'Loyal customers')
  const loyalQuery = `/queries/${await idOf('/queries', 'Loyal customers')}`
  const few = 'Best customers, Netherlands'
  return [
    { name: 'overview', path: '/', shows: few },
    { name: 'overview-dark', path: '/', scheme: 'dark', shows: few },
    { name: 'list', path: `/lists/${loyalList}`, shows: 'Members over time' },
    { name: 'orchestration', path: `/orchestrations/${loyal}`, shows: 'Loyal customers' },
    { name: 'query', path: loyalQuery, press: 'Run', shows: '@example' },
    { name: 'destinations', path: '/destinations', shows: 'Pinterest US', withPane: true },
    { name: 'destination-new', path: '/destinations?dialog=new', shows: 'Destination settings' },
    {
      name: 'workflow',
      path: `/workflows/${workflow('succeeded', 'Loyal customers')}`,
      shows: 'Compare',
    },
    {
      name: 'workflow-waiting',
      path: `/workflows/${workflow('waiting', 'Newsletter subscribers')}`,
      shows: 'Show Resolutions',
    },
    {
      name: 'resolutions',
      path: `/workflows/${workflow('failed', few)}?dialog=resolutions`,
      shows: 'Not enough records',
    },
    { name: 'connect', path: '/connect', shows: 'Credential' },
    // It starts a workflow, which the others should not show.
    {
      name: 'difference',
      path: `/orchestrations/${loyal}/plan`,
      press: 'Compare now',
      shows: 'Some of those who arrive',
    },
  ]
}

/** What the functions below see of a page. This project's types are those of Node, which knows no document. */
interface Seen {
  readonly localStorage: { readonly setItem: (key: string, value: string) => void }
  readonly document: { readonly querySelector: (selector: string) => unknown }
}

async function take(page: Page, picture: Picture, origin: string): Promise<void> {
  const { name, path, press, shows, scheme = 'light', withPane = false } = picture
  await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
  await page.evaluate(
    (kept) => (globalThis as unknown as Seen).localStorage.setItem('notifications', kept),
    String(withPane),
  )
  await page.goto(origin + path)
  if (press !== undefined) await page.getByRole('button', { name: press, exact: true }).click()
  await page.getByRole('main').or(page.getByRole('dialog')).getByText(shows).first().waitFor()
  await page.waitForFunction(
    () => (globalThis as unknown as Seen).document.querySelector('.loading, .bone, [data-loading]') === null,
  )
  await page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled' })
}

await mkdir(folder, { recursive: true })
const demo = await startDemo()
const browser = await openBrowser()
try {
  const { origin } = new URL(demo.entrance)
  const context = await browser.newContext({
    viewport: { width: WIDTH, height: HEIGHT },
    timezoneId: 'UTC',
    locale: 'en-GB',
  })
  const page = await context.newPage()
  await page.goto(demo.entrance)
  await page.getByRole('heading', { name: 'Overview' }).waitFor()
  for (const picture of await picturesOf(page, origin)) {
    await take(page, picture, origin)
    process.stdout.write(`${picture.name}.png\n`)
  }
} finally {
  await browser.close()
  await demo.end()
}
