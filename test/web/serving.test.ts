import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { Hono } from 'hono'
import { beforeAll, describe, expect, test } from 'vitest'
import { addWeb } from '../../src/server/web.ts'
import { buildConsole } from './built.ts'
import { operationsModule } from '../../web/generate-api.ts'

/** How the console is built and served. */

let folder: string
let app: Hono

beforeAll(async () => {
  folder = await buildConsole()
  app = new Hono()
  app.get('/api/v1/me', (c) => c.text('the API'))
  addWeb(app, folder)
})

function get(path: string, accept = 'text/html'): Promise<Response> {
  return Promise.resolve(app.request(path, { headers: { accept, 'accept-encoding': 'gzip' } }))
}

const page = (): string => readFileSync(join(folder, 'index.html'), 'utf8')

describe('serving', () => {
  test('any address that is asked for as a page is the console, under a strict policy with a nonce of its own', async () => {
    const [one, other] = [await get('/workflows/wf_1'), await get('/')]
    const policy = one.headers.get('content-security-policy') ?? ''
    expect(policy).toMatch(/^default-src 'self'; script-src 'self'; style-src 'self' 'nonce-[\w+/=]{24}';/)
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toContain('unsafe')
    expect(other.headers.get('content-security-policy')).not.toBe(policy)
    expect(one.headers.get('x-content-type-options')).toBe('nosniff')
    expect(one.headers.get('referrer-policy')).toBe('same-origin')
    expect(await one.text()).toContain(`content="${/nonce-([^']+)/.exec(policy)?.[1] ?? ''}"`)
  })

  test('files with a hash stay for ever, are compressed and have their type', async () => {
    const script = /src="(\/assets\/[^"]+\.js)"/.exec(page())?.[1] ?? ''
    const answer = await get(script, '*/*')
    expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(answer.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect(answer.headers.get('content-encoding')).toBe('gzip')
  })

  test.each(['/assets/gone.js', '/api/v1/nothing', '/..%2f..%2fpackage.json'])(
    '%s is not there, and no page instead',
    async (path) => {
      expect((await get(path, '*/*')).status).toBe(404)
    },
  )

  test('the API stays where it is', async () => {
    expect(await (await get('/api/v1/me')).text()).toBe('the API')
    expect((await get('/api/v1/nothing')).status).toBe(404)
  })

  test('the page holds no script and no style of its own', () => {
    expect(page()).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\son\w+=/)
  })
})

describe('what is built', () => {
  test('the first page needs less than 200 kB of compressed script', () => {
    const first = loadedWith('overview-page')
    const bytes = [...first].map((name) => gzipSync(readFileSync(join(folder, name))).length)
    const total = bytes.reduce((sum, size) => sum + size, 0)
    expect(bytes.length).toBeGreaterThan(1)
    expect(total).toBeLessThan(200_000)
  })

  test('the editor is loaded by the page of a query and by no other', () => {
    expect(holds('query-page', 'cm-editor')).toBe(true)
    const others = ['overview-page', 'queries-page', 'settings-page', 'list-page']
    expect(others.filter((one) => holds(one, 'cm-editor'))).toEqual([])
  })

  test('what draws charts is loaded by their part of a list alone', () => {
    expect(holds('list-charts', 'recharts')).toBe(true)
    const pages = ['overview-page', 'list-page', 'workflow-page', 'plan-page']
    expect(pages.filter((one) => holds(one, 'recharts'))).toEqual([])
  })

  test('the types of the API are those of its document (npm run docs writes them)', () => {
    const written = readFileSync(join(import.meta.dirname, '../../web/src/api/operations.ts'), 'utf8')
    expect(written).toBe(operationsModule())
  })
})

/** The entry and a page, with all that both import at once. */
function loadedWith(name: string): Set<string> {
  const scripts = new Set([...scriptsOf('index.html'), ...pageScripts(name)])
  for (const script of scripts) for (const more of scriptsOf(script)) scripts.add(more)
  return scripts
}

/** Whether a library that is known by a text is among what a page loads. */
function holds(name: string, text: string): boolean {
  return [...loadedWith(name)].some((script) => readFileSync(join(folder, script), 'utf8').includes(text))
}

/** Scripts that a page or script loads at once. */
function scriptsOf(name: string): string[] {
  const text = readFileSync(join(folder, name), 'utf8')
  const pattern = name.endsWith('.html')
    ? /(?:src|href)="\/(assets\/[^"]+\.js)"/g
    : /(?:from|import)\s*"\.\/([^"]+\.js)"/g
  return [...text.matchAll(pattern)].map(([, found = '']) =>
    found.startsWith('assets/') ? found : `assets/${found}`,
  )
}

/** The built script of a page. */
function pageScripts(name: string): string[] {
  const files = readdirSync(join(folder, 'assets'))
  return files
    .filter((file) => file.startsWith(`${name}-`) && file.endsWith('.js'))
    .map((file) => `assets/${file}`)
}
