import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { queriesRunHere } from '../support/queries-here.ts'
import { SENTINEL_TOKENS } from '../../simulator/main.ts'
import { people, runOf, setUp, started, writeCustomers } from '../server/support.ts'
import type { Client, Ids } from '../server/support.ts'
import { complaintsOf, look, openConsole, openPane, picture } from './console.ts'
import type { Console } from './console.ts'
import { squeezed, unclear, withMillions } from './fit.ts'

queriesRunHere()

/** Every page and every dialog with an address, looked at in both schemes and on a narrow screen. */

let console: Console
let operator: Client
let paths: readonly string[]

beforeAll(async () => {
  console = await openConsole()
  await console.service.startWorker()
  operator = await console.service.as(['datagrid_operator'])
  paths = await pathsOfAll()
})

afterAll(async () => {
  await console.close()
})

/** A word that no line has room for. */
const LONG_NAME = `Newsletter${'r'.repeat(110)}`

const run = async (ids: Ids): Promise<string> => (await runOf(console.service, operator, ids)).id

/** A list with some history, one that failed, and one whose difference waits to be sent. */
async function pathsOfAll(): Promise<string[]> {
  const loyal = await setUp(console.service, operator, { name: 'Loyal customers', emails: people(1_307) })
  await run(loyal)
  const changed = [...people(1_319, 40), 'nobody', '', 'a'.repeat(64)]
  await writeCustomers(console.service, 'Loyal customers', changed)
  const succeeded = await run(loyal)
  const lapsed = await setUp(console.service, operator, { name: 'Lapsed customers', emails: people(73) })
  const failed = await run(lapsed)
  const planned = await setUp(console.service, operator, { name: LONG_NAME, emails: people(150) })
  await started(console.service, operator, `/orchestrations/${planned.orchestration}/plan`)
  const { listId, query } = await operator.ok<{ listId: string; query: { id: string } }>(
    'GET',
    `/orchestrations/${loyal.orchestration}`,
  )
  const { version } = await operator.ok<{ version: number }>('GET', `/queries/${query.id}`)
  const draft = { sql: 'SELECT email FROM input LIMIT 200' }
  await operator.ok('PATCH', `/queries/${lapsed.query}`, { version, draft })
  const schedule = { automatic: true, cron: '0 6 31 * *', timeZone: 'America/New_York', adopt: true }
  const limits = { removalPercentMax: 20, removalCountMax: 5_000 }
  await operator.ok('PATCH', `/orchestrations/${loyal.orchestration}`, { version: 1, ...schedule, limits })
  const { app } = console.service.simulator
  const { id: broken } = await operator.ok<{ id: string }>('POST', '/credentials', {
    name: 'Broken',
    appId: app.id,
    appSecret: app.secret,
    refreshToken: SENTINEL_TOKENS.revoked,
  })
  const admin = await console.service.as(['datagrid_administrator'], ['allow_api_key_administration'])
  const { id: user } = await admin.ok<{ id: string }>('POST', '/users', {
    email: 'colleague@example.com',
    name: 'A colleague',
    policies: ['marketer'],
    options: ['restrict_downloads'],
  })
  const { apiKey } = await admin.ok<{ apiKey: { id: string } }>('POST', '/api-keys', {
    name: 'nightly',
    policies: ['datagrid_operator'],
  })
  const { alert } = await admin.ok<{ alert: { id: string } }>('POST', '/alerts', {
    name: 'What fails',
    events: ['workflow_failed', 'needs_person'],
    target: { to: ['team@example.com'] },
  })
  return [
    '/',
    '/connect',
    '/search?q=e',
    '/nowhere',
    `/lists/${listId}`,
    `/lists/${listId}?dialog=rebuild`,
    '/workflows',
    '/workflows?search=nothing-is-called-so',
    '/workflows/configured',
    `/workflows/${failed}`,
    `/workflows/${failed}?dialog=resolutions`,
    `/workflows/${failed}?tab=inputs`,
    `/workflows/${failed}/actions/not_enough_records`,
    `/workflows/${succeeded}`,
    `/workflows/${succeeded}?tab=log`,
    `/workflows/${succeeded}?tab=receipts`,
    `/workflows/${succeeded}?tab=rejects`,
    '/destinations',
    '/destinations?dialog=new',
    ...withDialogs(`/destinations/${loyal.destination}`, 'edit', 'copy', 'delete'),
    '/queries',
    '/queries?dialog=new',
    ...withDialogs(`/queries/${lapsed.query}`, 'difference', 'activate', 'discard', 'rename', 'thresholds'),
    `/queries/${lapsed.query}?tab=tables`,
    `/queries/${loyal.query}?dialog=delete`,
    `/queries/${planned.query}`,
    '/orchestrations',
    '/orchestrations?dialog=new',
    ...withDialogs(`/orchestrations/${loyal.orchestration}`, 'sample', 'edit', 'copy', 'delete'),
    `/orchestrations/${loyal.orchestration}/plan`,
    `/orchestrations/${lapsed.orchestration}/plan`,
    `/orchestrations/${planned.orchestration}/plan`,
    '/settings',
    '/settings/credentials',
    '/settings/credentials?dialog=new',
    ...withDialogs(`/settings/credentials/${loyal.credential}`, 'edit', 'reauthorize', 'delete'),
    `/settings/credentials/${broken}`,
    '/settings/data-sources',
    '/settings/data-sources?dialog=new',
    ...withDialogs(`/settings/data-sources/${loyal.dataSource}`, 'edit', 'delete'),
    '/settings/users',
    '/settings/users?dialog=new',
    ...withDialogs(`/settings/users/${user}`, 'edit', 'password', 'delete'),
    '/settings/api-keys',
    '/settings/api-keys?dialog=new',
    ...withDialogs(`/settings/api-keys/${apiKey.id}`, 'edit', 'rotate', 'revoke'),
    '/settings/activity',
    '/settings/alerts',
    '/settings/alerts?dialog=new',
    ...withDialogs(`/settings/alerts/${alert.id}`, 'edit', 'delete'),
    ...withDialogs('/settings/profile', 'password'),
  ]
}

function withDialogs(path: string, ...dialogs: readonly string[]): string[] {
  return [path, ...dialogs.map((dialog) => `${path}?dialog=${dialog}`)]
}

/** Goes there as a link does, without loading the console anew, until the router has drawn the page. */
const goTo = (path: string): string => `new Promise((resolve) => {
  const stop = __TSR_ROUTER__.subscribe('onRendered', () => { stop(); resolve() })
  history.pushState({}, '', ${JSON.stringify(path)})
  dispatchEvent(new PopStateEvent('popstate'))
})`

/** Whether the page shows what it is about, and loads nothing more. */
const IS_THERE = `document.querySelector('.loading, [aria-busy=true]') === null && document.querySelector('h1') !== null`

async function open(page: Page, path: string): Promise<void> {
  await page.evaluate(goTo(path))
  await page.waitForURL((url) => url.pathname.startsWith(new URL(path, url).pathname))
  if (path.includes('dialog=')) await page.getByRole('dialog').waitFor()
  await expect.poll(() => page.evaluate(IS_THERE)).toBe(true)
}

/** What has the focus. The way out in the corner is told from a button that has the same name. */
const FOCUSED = `(() => {
  const { activeElement: it } = document
  const isWayOut = it.closest('.dialog-head') !== null
  const where = it.closest('[role=dialog]') === null ? 'elsewhere' : isWayOut ? 'its way out' : 'in the dialog'
  return where + ': ' + (it.getAttribute('aria-label') ?? it.labels?.[0]?.innerText ?? it.innerText)
})()`

/** A dialog begins where something is done, and not at its way out. */
async function hasFirstFocus(page: Page, path: string): Promise<void> {
  if (!path.includes('dialog=')) return
  const focused = async (): Promise<string> => `${path} ${String(await page.evaluate(FOCUSED))}`
  await expect.poll(focused).toMatch(/ in the dialog: ./)
}

const withoutIds = (path: string): string => path.replaceAll(/\b[a-z]{2}_[0-9a-z]+/g, 'one')

test.each([
  ['dark', 1440],
  ['light', 360],
] as const)('has nothing that axe finds, and nothing sticks out: %s, %d px', async (scheme, width) => {
  const grants = ['allow_api_key_administration'] as const
  const page = await console.signedIn('datagrid_administrator', { scheme, width, grants })
  const complaints = complaintsOf(page)
  for (const path of paths) {
    await open(page, path)
    await hasFirstFocus(page, path)
    await look(page, `${scheme}-${width}${withoutIds(path).replaceAll(/\W+/g, '-')}`)
    expect({ path, unclear: await unclear(page) }).toEqual({ path, unclear: [] })
  }
  expect(complaints).toEqual([])
})

test('a page that is still loaded has a heading', async () => {
  const page = await console.signedIn('datagrid_operator')
  const held = Promise.withResolvers<void>()
  await page.route('**/api/**/orchestrations/*', async (route) => {
    await held.promise
    await route.continue()
  })
  const path = paths.find((one) => one.endsWith('/plan')) ?? ''
  await page.evaluate(goTo(path))
  const heading = page.getByRole('heading', { level: 1 })
  // There is one at every moment of the way, also while nothing is shown yet.
  for (let moment = 0; moment < 20; moment += 1) expect(await heading.count()).toBe(1)
  await expect.poll(() => heading.innerText()).toBe('Loading…')
  await look(page, 'loading')
  held.resolve()
  await expect.poll(() => heading.innerText()).toBe('What would happen?')
})

/** What the page says that is of people, or a number that tells of them: members, and rows that were received. */
async function told(page: Page): Promise<string[]> {
  const text = await page.locator('body').innerText()
  return [
    ...(/\b1,?3(?:07|19|22)\b/.test(text) ? ['a number'] : []),
    ...(/person\d|@example|[a-z0-9]•/.test(text.replaceAll(OWN_ADDRESS, '')) ? ['an address'] : []),
  ]
}

/** Of the one who is signed in, and of colleagues, whose addresses in alerts are masked. */
const OWN_ADDRESS = /(?:[a-z_]+\.\d+|colleague|team)@example\.com|t•+@e•+\.com/g

/** What sends, or changes what is sent. */
const EFFECT = /^(?:Run now|Send sample|Compare now|Send [+−]|Activate|Resolve|Rebuild|Try now|Reauthorize)/

test('a person who may not see personal data finds no number, no address and nothing that sends, on any page', async () => {
  const grants = ['restrict_pii_access'] as const
  const restricted = await console.signedIn('analyst', { grants })
  const full = await console.signedIn('datagrid_operator')
  const found = { restricted: new Set<string>(), full: new Set<string>() }
  for (const path of paths.filter((one) => !one.includes('dialog='))) {
    for (const [who, page] of Object.entries({ restricted, full }) as ['restricted' | 'full', Page][]) {
      await open(page, path)
      for (const what of await told(page)) found[who].add(who === 'full' ? what : `${path}: ${what}`)
      const effects = await page
        .getByRole('button', { name: EFFECT })
        .filter({ visible: true })
        .allInnerTexts()
      if (effects.length > 0) found[who].add(who === 'full' ? 'a button' : `${path}: ${effects.join()}`)
    }
  }
  expect([...found.restricted]).toEqual([])
  expect([...found.full].toSorted()).toEqual(['a button', 'a number', 'an address'])
})

/** Widths at which the notifications stand beside the page. */
const BESIDE_PX = [1280, 1366, 1440]

test('beside the notifications every table fits, and no word is broken', async () => {
  const page = await console.signedIn('datagrid_administrator', {
    width: 1280,
    grants: ['allow_api_key_administration'],
  })
  await openPane(page)
  const found: string[] = []
  for (const path of paths.filter((one) => !one.includes('dialog='))) {
    await open(page, path)
    await page.evaluate(withMillions)
    for (const width of BESIDE_PX) {
      await page.setViewportSize({ width, height: 900 })
      const name = `${width}${withoutIds(path)}`
      await picture(page, `beside-${name.replaceAll(/\W+/g, '-')}`)
      found.push(...(await squeezed(page)).map((what) => `${name}: ${what}`))
    }
  }
  expect(found).toEqual([])
})

/** Pages of those who are not signed in, which their own tests look at; and whatever is not there. */
const elsewhere: ReadonlySet<string> = new Set(['/sign-in', '/choose-password', '$'])

test('no page is forgotten here', () => {
  const source = readFileSync(join(import.meta.dirname, '../../web/src/routes.tsx'), 'utf8')
  const routes = [...source.matchAll(/path: '([^']+)'/g)].map(([, path = '']) => path)
  const looked = paths.map((path) => new RegExp('^[^?]*').exec(path)?.[0] ?? '')
  const matches = (route: string): boolean =>
    looked.some((path) => new RegExp(`^${route.replaceAll(/\$\w+/g, '[^/]+')}$`).test(path))
  expect(routes.filter((route) => !elsewhere.has(route) && !matches(route))).toEqual([])
})
