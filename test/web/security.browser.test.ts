import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SESSION_COOKIE } from '../../src/server/authenticate.ts'
import { activate } from '../server/mending.ts'
import { people, runOf, setUp } from '../server/support.ts'
import type { Client, Ids, WorkflowView } from '../server/support.ts'
import { choosePassword, look, openConsole, signIn } from './console.ts'
import type { Console } from './console.ts'

/** What a hostile name, page or link tries in a real browser. */

let console: Console
let operator: Client
let elsewhere: Elsewhere

beforeAll(async () => {
  console = await openConsole()
  await console.service.startWorker()
  operator = await console.service.as(['datagrid_operator'])
  elsewhere = await openElsewhere()
})

afterAll(async () => {
  elsewhere.server.close()
  await console.close()
})

/** A server of somebody else: another origin of the same site, and by its other name another site. */
interface Elsewhere {
  readonly server: Server
  readonly sameSite: string
  readonly otherSite: string
  readonly show: (html: string) => void
}

async function openElsewhere(): Promise<Elsewhere> {
  let shown = ''
  const server = createServer((request, response) => {
    const isScript = request.url === '/script.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    response.end(isScript ? 'globalThis.ran = "script of another origin"' : shown)
  })
  await new Promise<void>((resolve) => server.listen(0, () => resolve()))
  const { port } = server.address() as AddressInfo
  return {
    server,
    sameSite: `http://127.0.0.1:${port}`,
    otherSite: `http://localhost:${port}`,
    show: (html) => void (shown = html),
  }
}

/** What the functions below see of a page. This project's types are those of Node, which knows no document. */
interface Seen {
  ran?: string
  violations?: string[]
  readonly document: {
    readonly cookie: string
    readonly title: string
    readonly body: { readonly insertAdjacentHTML: (where: string, html: string) => void }
    readonly head: { readonly append: (element: object) => void }
    readonly createElement: (name: string) => { src: string; textContent: string }
    readonly addEventListener: (
      name: 'securitypolicyviolation',
      heard: (event: { readonly effectiveDirective: string }) => void,
    ) => void
  }
}

/** Runs in the page. */
function listen(): void {
  const seen = globalThis as unknown as Seen
  const violations: string[] = []
  seen.violations = violations
  seen.document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => {
    violations.push(effectiveDirective)
  })
}

/** Keeps what the policy of the page refuses from now on. */
async function watch(page: Page): Promise<() => Promise<readonly string[]>> {
  await page.addInitScript(listen)
  await page.evaluate(listen)
  return () => page.evaluate(() => (globalThis as unknown as Seen).violations ?? [])
}

const ranIn = (page: Page): Promise<string | undefined> =>
  page.evaluate(() => (globalThis as unknown as Seen).ran)

describe('the policy of the page', () => {
  test('an inline script, an inline handler and a script of another origin do not run', async () => {
    const page = await console.signedIn('datagrid_operator', { mayViolate: true })
    const violations = await watch(page)
    await page.evaluate((origin) => {
      const { document } = globalThis as unknown as Seen
      const inline = document.createElement('script')
      inline.textContent = 'globalThis.ran = "inline script"'
      const foreign = document.createElement('script')
      foreign.src = `${origin}/script.js`
      document.head.append(inline)
      document.head.append(foreign)
      document.body.insertAdjacentHTML('beforeend', '<img src="data:," onerror="globalThis.ran = this.src">')
    }, elsewhere.sameSite)
    await expect
      .poll(violations)
      .toEqual(expect.arrayContaining(['script-src-elem', 'script-src-attr', 'img-src']) as string[])
    expect((await violations()).filter((directive) => directive === 'script-src-elem')).toHaveLength(2)
    expect(await ranIn(page)).toBeUndefined()
  })
})

describe('names and errors that hold HTML', () => {
  const evil = `<img src=x onerror="globalThis.ran='name'">`
  let ids: Ids
  let failed: WorkflowView

  beforeAll(async () => {
    ids = await setUp(console.service, operator, { name: evil, emails: people(120) })
    await run()
    const column = `"${evil.replaceAll('"', '""')}"`
    const file = join(console.service.inputDir, `${evil}.csv`)
    await writeFile(file, `email,${column}\nperson0@example.com,1\n`)
    await activate(operator, ids, `SELECT email FROM input WHERE ${column} > 0`)
    await writeFile(file, 'email\nperson0@example.com\n')
    failed = await run()
  })

  const run = (): Promise<WorkflowView> => runOf(console.service, operator, ids)

  test('are text on every page that shows them', async () => {
    expect(failed.error?.message).toContain(evil)
    const page = await console.signedIn('datagrid_administrator')
    const violations = await watch(page)
    const { items } = await operator.ok<{ items: { id: string }[] }>('GET', '/lists')
    const paths = [
      '/',
      '/workflows',
      `/workflows/${failed.id}`,
      `/workflows/${failed.id}?tab=log`,
      `/workflows/${failed.id}?tab=inputs`,
      `/workflows/${failed.id}?dialog=resolutions`,
      `/workflows/${failed.id}/actions/query_failed`,
      '/orchestrations',
      `/orchestrations/${ids.orchestration}`,
      `/orchestrations/${ids.orchestration}/plan`,
      `/lists/${items[0]?.id ?? ''}`,
      '/queries',
      `/queries/${ids.query}`,
      '/destinations',
      `/destinations/${ids.destination}`,
      '/settings/credentials',
      `/settings/credentials/${ids.credential}`,
      '/settings/data-sources',
      `/settings/data-sources/${ids.dataSource}`,
      '/search?q=img',
    ]
    for (const path of paths) {
      await page.goto(path)
      const main = path.includes('dialog=') ? page.getByRole('dialog') : page.getByRole('main')
      await main.getByText(evil).filter({ visible: true }).first().waitFor()
      const found = {
        path,
        images: await page.locator('img[src="x"]').count(),
        violations: await violations(),
      }
      expect(found).toEqual({ path, images: 0, violations: [] })
    }
    expect(await ranIn(page)).toBeUndefined()
  })

  test.each([
    'javascript:globalThis.ran="link"',
    '//evil.example.com/',
    'http://evil.example.com/',
    'data:text/html,x',
  ])('a link to %s that the API might give is no link', async (link) => {
    const page = await console.signedIn('datagrid_operator')
    await page.route('**/api/v1/workflows/*/actions', async (route) => {
      const response = await route.fetch()
      const body = (await response.json()) as { items: { subjects: { link: string }[] }[] }
      for (const { subjects } of body.items) for (const subject of subjects) subject.link = link
      await route.fulfill({ response, json: body })
    })
    await page.goto(`/workflows/${failed.id}/actions/query_failed`)
    const subjects = page.getByRole('region', { name: 'What it concerns' })
    await subjects.getByText(evil).first().waitFor()
    expect(await subjects.getByRole('link').count()).toBe(0)
    // The page may have asked again, and its answer is under way.
    await page.unrouteAll({ behavior: 'ignoreErrors' })
  })
})

describe('requests of other pages', () => {
  test('the session cookie is for this host and the server alone, and no script sees it', async () => {
    const page = await console.open()
    const person = await console.makeUser('datagrid_operator')
    await signIn(page, person)
    await choosePassword(page, person.password)
    const cookies = await page.context().cookies()
    expect(cookies.map(({ name }) => name).toSorted()).toEqual(['rollcall_known_browser', SESSION_COOKIE])
    // What says that this browser is known opens nothing, and goes where passwords are taken.
    expect(cookies.find(({ name }) => name !== SESSION_COOKIE)).toMatchObject({
      path: '/api/v1',
      httpOnly: true,
      sameSite: 'Strict',
    })
    const cookie = cookies.find(({ name }) => name === SESSION_COOKIE)
    expect(cookie).toMatchObject({
      name: SESSION_COOKIE,
      domain: '127.0.0.1',
      path: '/',
      httpOnly: true,
      sameSite: 'Strict',
    })
    expect(await page.evaluate(() => (globalThis as unknown as Seen).document.cookie)).toBe('')
    const answer = await page.request.get('/api/v1/me')
    expect(answer.headers()).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
    })
  })

  test.each(['sameSite', 'otherSite'] as const)(
    'a form, a fetch and a frame of another origin (%s) change and show nothing',
    async (where) => {
      const page = await console.signedIn('datagrid_operator', { mayViolate: true })
      const signOut = `${console.url}/api/v1/sign-out`
      elsewhere.show(
        `<form method="post" enctype="text/plain" action="${signOut}"><button name="{}">Go</button></form>
        <iframe src="${console.url}/workflows" title="console"></iframe>`,
      )
      const other = await page.context().newPage()
      await other.goto(elsewhere[where])
      const answers = await other.evaluate(
        async ([signOutUrl = '', me = '']) => {
          const tries: [string, RequestInit][] = [
            [signOutUrl, { method: 'POST', mode: 'no-cors', credentials: 'include', body: '{}' }],
            [signOutUrl, { method: 'POST', credentials: 'include', body: '{}' }],
            [
              signOutUrl,
              { method: 'POST', credentials: 'include', headers: { 'content-type': 'application/json' } },
            ],
            [me, { credentials: 'include' }],
            [me, { mode: 'no-cors', credentials: 'include' }],
          ]
          const read = tries.map(
            async ([url, init]) => (await (await globalThis.fetch(url, init)).text()) || 'nothing',
          )
          return (await Promise.allSettled(read)).map((one) =>
            one.status === 'fulfilled' ? one.value : 'refused',
          )
        },
        [signOut, `${console.url}/api/v1/me`],
      )
      process.stderr.write(JSON.stringify(answers) + '\n')
      expect(answers.filter((answer) => answer !== 'refused' && answer !== 'nothing')).toEqual([])
      expect(other.frames().map((frame) => frame.url())).toContain('chrome-error://chromewebdata/')
      await other.getByRole('button', { name: 'Go' }).click()
      await other.waitForURL(signOut)
      expect(await other.innerText('body')).toMatch(/access_denied|not_signed_in/)
      await page.reload()
      await page.getByRole('heading', { name: 'Overview' }).waitFor()
    },
  )
})

const ELSEWHERE = [
  'https://evil.example.com/',
  '//evil.example.com',
  '/\\evil.example.com',
  '/\t/evil.example.com',
  'javascript:alert(1)',
]

describe('signing in and out', () => {
  test('the address to go on to leads nowhere else, however it is written', async () => {
    const page = await console.open()
    const person = await console.makeUser('datagrid_operator')
    await signIn(page, person)
    await choosePassword(page, person.password)
    for (const next of ELSEWHERE) {
      await page.context().clearCookies()
      await page.goto(`/sign-in?next=${encodeURIComponent(next)}`)
      await fillIn(page, { ...person, password: `${person.password} of my own` })
      await page.getByRole('heading', { name: 'Overview' }).waitFor()
      expect(new URL(page.url()).origin).toBe(console.url)
    }
  })

  test('after signing out, back shows nothing of before, and the other tab ends by itself', async () => {
    const page = await console.signedIn('datagrid_operator')
    const other = await page.context().newPage()
    await other.goto('/workflows')
    await other.getByRole('heading', { name: 'Workflows' }).waitFor()
    await page.goto('/orchestrations')
    await page.getByRole('heading', { name: 'Orchestrations' }).waitFor()
    await page.getByRole('button', { name: 'Account' }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await page.goBack()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    expect(await page.getByRole('heading').allInnerTexts()).toEqual(['Sign in'])
    await other.bringToFront()
    await other.getByRole('heading', { name: 'Sign in' }).waitFor()
    expect(new URL(other.url()).searchParams.get('next')).toBe('/workflows')
  })

  test('a session that ended leads to sign-in, and from there to where one was', async () => {
    const page = await console.open()
    const person = await console.makeUser('datagrid_operator')
    await signIn(page, person)
    await choosePassword(page, person.password)
    await page.goto('/workflows?state=failed')
    await page.getByRole('heading', { name: 'Workflows' }).waitFor()
    await page.getByLabel('Sent').selectOption('true')
    await page.waitForURL('**sample=true')
    await console.service.platform.store.db.deleteFrom('session').execute()
    // Something happens, which the page reads anew.
    await setUp(console.service, operator, { name: 'An event', emails: people(1) })
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await fillIn(page, { ...person, password: `${person.password} of my own` })
    await page.getByRole('heading', { name: 'Workflows' }).waitFor()
    expect(new URL(page.url()).search).toBe('?state=failed&sample=true')
  })

  test('a session that ended in the middle of a form takes nothing that was typed', async () => {
    const page = await console.open()
    const person = await console.makeUser('datagrid_operator')
    await signIn(page, person)
    await choosePassword(page, person.password)
    await page.goto('/settings/data-sources?dialog=new')
    const form = page.getByRole('dialog', { name: 'Add data source' })
    await form.getByLabel('Name', { exact: true }).fill('Typed for long')
    await form.getByLabel('Folder').fill(console.service.inputDir)
    await form.getByLabel('Files', { exact: true }).last().fill('*.csv')
    await console.service.platform.store.db.deleteFrom('session').execute()
    // What the page reads by itself may be refused first, and then the dialog lies over the form.
    const fields = page.locator('form').filter({ has: page.getByLabel('Folder') })
    await fields.evaluate((element) => (element as unknown as { requestSubmit: () => void }).requestSubmit())
    await fields.getByText('this sign-in has ended').waitFor()
    const again = page.getByRole('dialog', { name: "You've been signed out" })
    await again.waitFor()
    await page.keyboard.press('Escape')
    await again.waitFor({ state: 'detached' })
    await form.getByRole('button', { name: 'Save' }).click()
    await again.getByLabel('Password', { exact: true }).fill('a wrong one, sorry')
    await again.getByRole('button', { name: 'Sign in' }).click()
    await again.getByRole('alert').waitFor()
    await look(page, 'sign-in-again')
    await again.getByLabel('Password', { exact: true }).fill(`${person.password} of my own`)
    await page.keyboard.press('Enter')
    await again.waitFor({ state: 'detached' })
    await form.getByRole('button', { name: 'Save' }).click()
    await page.getByText('"Typed for long" is saved').waitFor()
    await page.waitForURL('**/settings/data-sources/*')
    expect(await page.getByRole('dialog').count()).toBe(0)
  })
})

async function fillIn(page: Page, { email, password }: { email: string; password: string }): Promise<void> {
  await page.getByLabel('E-mail address').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}
