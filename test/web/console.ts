import { mkdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { serve } from '@hono/node-server'
import type axe from 'axe-core'
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core'
import { expect, onTestFinished, TestRunner } from 'vitest'
import type { SimulatorOptions } from '../../simulator/main.ts'
import { createSession } from '../../src/access/sessions.ts'
import { createUser } from '../../src/access/users.ts'
import { localActor } from '../../src/access/activity.ts'
import type { OptionName, PolicyName } from '../../src/access/permissions.ts'
import { SESSION_COOKIE } from '../../src/server/authenticate.ts'
import type { ServerContext } from '../../src/server/server-context.ts'
import { buildConsole } from './built.ts'
import { openService } from '../server/support.ts'
import type { Service } from '../server/support.ts'
import { openBrowser } from './browser.ts'

/** The console as a person uses it: a real browser on the real service, with the simulator behind it. */

export interface Console {
  readonly service: Service
  readonly url: string
  readonly browser: Browser
  /** The overview as somebody sees it who is signed in. */
  readonly signedIn: (policy: PolicyName, options?: PageOptions) => Promise<Page>
  /** Somebody with a one-time password. */
  readonly makeUser: (policy: PolicyName) => Promise<Person>
  readonly open: (options?: PageOptions) => Promise<Page>
  /** The server goes away with all its connections, and comes back under the same address when the answer is called. */
  readonly goAway: () => () => Promise<void>
  readonly close: () => Promise<void>
}

export interface Person {
  readonly email: string
  readonly password: string
}

export interface PageOptions {
  readonly scheme?: 'light' | 'dark'
  readonly width?: number
  /** Tries what the policy of the page refuses; every other page may do nothing of the kind. */
  readonly mayViolate?: boolean
  /** Options beside the policy of whoever is signed in. */
  readonly grants?: readonly OptionName[]
  /** The page that is opened, instead of the overview. */
  readonly at?: string
}

const PASSWORD = 'a long enough test password'
const HEIGHT = 900

export async function openConsole(
  options: { readonly simulator?: SimulatorOptions; readonly demo?: ServerContext['demo'] } = {},
): Promise<Console> {
  const service = await openService({ ...options, webFolder: await buildConsole() })
  const listen = (port: number) =>
    new Promise<ReturnType<typeof serve>>((resolve) => {
      const started = serve({ fetch: service.fetch, hostname: '127.0.0.1', port }, () => resolve(started))
    })
  let server = await listen(0)
  const stopServing = (): void => {
    server.close()
    if ('closeAllConnections' in server) server.closeAllConnections()
  }
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  const url = `http://127.0.0.1:${address.port}`
  const browser = await sharedBrowser()
  const contexts: BrowserContext[] = []
  const violations = new Set<string>()
  const open = async ({
    scheme = 'light',
    width = 1440,
    mayViolate = false,
  }: PageOptions = {}): Promise<Page> => {
    const context = await browser.newContext({
      baseURL: url,
      colorScheme: scheme,
      viewport: { width, height: HEIGHT },
      reducedMotion: 'reduce',
    })
    // A page that stays would go on reading again whatever later tests change.
    if (TestRunner.getCurrentTest() === undefined) contexts.push(context)
    else onTestFinished(() => context.close())
    context.setDefaultTimeout(180_000)
    if (!mayViolate)
      context.on('console', (message) => {
        if (message.text().includes('Content Security Policy'))
          violations.add(`${message.page()?.url() ?? ''}: ${message.text()}`)
      })
    return context.newPage()
  }
  const { platform } = service
  const addUser = (policy: PolicyName, grants: readonly OptionName[], password: string | null) =>
    createUser(
      { ...platform, actor: localActor },
      {
        email: `${policy}.${people++}@example.com`,
        name: `Test ${policy}`,
        policies: [policy],
        options: grants,
        password,
      },
    )
  return {
    service,
    url,
    browser,
    open,
    makeUser: async (policy) => ({
      email: (await addUser(policy, [], PASSWORD)).email,
      password: PASSWORD,
    }),
    signedIn: async (policy, pageOptions) => {
      const page = await open(pageOptions)
      const { id: userId } = await addUser(policy, pageOptions?.grants ?? [], null)
      const session = { userId, originIp: null, userAgent: null }
      const { token } = await createSession(platform.store.db, platform.limits, session)
      const cookie = { name: SESSION_COOKIE, value: token, url, httpOnly: true, sameSite: 'Strict' } as const
      await page.context().addCookies([cookie])
      await page.goto(pageOptions?.at ?? '/')
      if (pageOptions?.at === undefined) await page.getByRole('heading', { name: 'Overview' }).waitFor()
      return page
    },
    goAway: () => {
      stopServing()
      return async () => void (server = await listen(address.port))
    },
    close: async () => {
      for (const context of contexts) await context.close()
      stopServing()
      await service.close()
      expect([...violations], 'what the policy of the console itself refused').toEqual([])
    },
  }
}

let people = 0

let browserOfAll: Promise<Browser> | null = null

/** One browser for all consoles of this process, with which it ends. People in it are kept apart by their contexts. */
async function sharedBrowser(): Promise<Browser> {
  const browser = await (browserOfAll ??= openBrowser())
  if (browser.isConnected()) return browser
  browserOfAll = openBrowser()
  return browserOfAll
}

export async function signIn(page: Page, { email, password }: Person): Promise<void> {
  await page.goto('/')
  await page.getByLabel('E-mail address').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

/** What everybody does who was given a password. */
export async function choosePassword(page: Page, old: string): Promise<void> {
  await page.getByRole('heading', { name: 'Choose a password' }).waitFor()
  await page.getByLabel('One-time password', { exact: true }).fill(old)
  await page.getByLabel('New password', { exact: true }).fill(`${old} of my own`)
  await page.getByLabel('New password again', { exact: true }).fill(`${old} of my own`)
  await page.getByRole('button', { name: 'Change password' }).click()
  await page.getByRole('heading', { name: 'Overview' }).waitFor()
}

/** The pane of notifications, opened where it is closed. */
export async function openPane(page: Page): Promise<Locator> {
  const pane = page.getByRole('complementary', { name: 'Notifications' })
  if ((await pane.count()) === 0) await page.getByRole('button', { name: /^Notifications/ }).click()
  await pane.waitFor()
  return pane
}

/** Types a name into a field that offers rows, and takes the row of that name. */
export async function pick(page: Page, dialog: Locator, label: string, name: string): Promise<void> {
  await dialog.getByRole('combobox', { name: label }).fill(name)
  await page.getByRole('option', { name, exact: true }).click()
}

/**
 * Everything that a script of the page complains about from now on, such as what its policy refuses. That the API refused a
 * request is no complaint: the page says it in its place.
 */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    const isRefusal = /the server responded with a status of 4\d\d/.test(message.text())
    if (message.type() === 'error' && !isRefusal) complaints.push(message.text())
  })
  return complaints
}

/** The smaller file, as text: only pages compile it, and no test's own process. */
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

/** What axe finds wrong with the page as it is, in a line each. */
async function axeFindings(page: Page): Promise<string[]> {
  // As long as a page stays loaded it is there.
  if (!(await page.evaluate("'axe' in globalThis"))) await page.evaluate(await readFile(AXE, 'utf8'))
  const { violations } = await page.evaluate(async () => {
    const { axe: run } = globalThis as unknown as { axe: typeof axe }
    return run.run({ resultTypes: ['violations'] })
  })
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary ?? ''}`),
  )
}

/** What the function below sees of a page. This project's types are those of Node, which knows no document. */
interface SeenDocument {
  readonly documentElement: { readonly clientWidth: number; readonly scrollWidth: number }
  readonly querySelectorAll: (selector: string) => Iterable<{
    readonly tagName: string
    readonly className: string
    readonly textContent: string
    readonly getBoundingClientRect: () => { readonly right: number }
  }>
}

/** What sticks out of a page that is wider than its window; empty for one that is not. */
async function overflow(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const { document } = globalThis as unknown as { document: SeenDocument }
    const { clientWidth: width, scrollWidth } = document.documentElement
    if (scrollWidth <= width) return []
    return [...document.querySelectorAll('body *')]
      .filter((element) => element.getBoundingClientRect().right > width + 1)
      .map(({ tagName, className, textContent }) => `${tagName}.${className}: ${textContent.slice(0, 60)}`)
  })
}

/** Keeps a picture of the page when ROLLCALL_PICTURES names a folder. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env['ROLLCALL_PICTURES']
  if (folder === undefined || folder === '') return
  await mkdir(folder, { recursive: true })
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true })
}

/** Looks at the page with axe, and keeps a picture of it. */
export async function look(page: Page, name: string): Promise<void> {
  await picture(page, name)
  expect({ name, axe: await axeFindings(page), overflow: await overflow(page) }).toEqual({
    name,
    axe: [],
    overflow: [],
  })
}
