import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { serveStatic } from '@hono/node-server/serve-static'
import { Hono } from 'hono'
import { NONCE, secureHeaders } from 'hono/secure-headers'
import type { SecureHeadersVariables } from 'hono/secure-headers'

/** Serves the built console: files with a hash in their name for ever, and the one page for every other address. */

const FOR_EVER = 'public, max-age=31536000, immutable'

/** Every page has a nonce of its own: with it the console's library may set styles, and no one else can. */
const headers = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'self'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'", NONCE],
    objectSrc: ["'none'"],
    baseUri: ["'none'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
  },
  referrerPolicy: 'same-origin',
  // Whether a whole domain is reached by https alone is for those to say who run it.
  strictTransportSecurity: false,
  xFrameOptions: 'DENY',
})

/** The folder of the built console beside this code, or null when there is none. */
export function consoleFolder(): string | null {
  const isSource = import.meta.filename.endsWith('.ts')
  const folder = resolve(import.meta.dirname, isSource ? '../../dist/web' : '../../web')
  return existsSync(join(folder, 'index.html')) ? folder : null
}

/** Adds the console in `folder`. The routes of the API must be there already: what they do not answer is a page. */
export function addWeb(app: Hono, folder: string): void {
  // No folder has a page of its own.
  const files = serveStatic({ root: folder, precompressed: true, index: '.none' })
  let page: Promise<string> | undefined
  const web = new Hono<{ Variables: SecureHeadersVariables }>()
  web.get('*', headers)
  web.get('*', async (c, next) => {
    if (c.req.path === '/index.html') return next()
    const answer = await files(c, next)
    // Without a file of this name it is what those after it answered.
    if (!(answer instanceof Response)) return undefined
    answer.headers.set('cache-control', c.req.path.startsWith('/assets/') ? FOR_EVER : 'no-cache')
    return answer
  })
  web.get('*', async (c, next) => {
    // Only someone who looks at pages gets one: a missing script must not become a page.
    const isAsked = (c.req.header('accept') ?? '').includes('text/html')
    if (!isAsked || c.req.path.startsWith('/api/')) return next()
    page ??= readFile(join(folder, 'index.html'), 'utf8')
    const nonce = `name="csp-nonce" content="${c.get('secureHeadersNonce') ?? ''}"`
    const text = (await page).replace('name="csp-nonce" content=""', nonce)
    return c.html(text, 200, { 'cache-control': 'no-store' })
  })
  app.route('/', web)
}
