import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { extname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Context, Hono } from 'hono'

/** Serves the built console: files with a hash in their name for ever, and the one page for every other address. */

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
}

const COMPRESSED: ReadonlySet<string> = new Set(['.js', '.css', '.svg', '.json'])
const FOR_EVER = 'public, max-age=31536000, immutable'
const zip = promisify(gzip)

interface WebFile {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly zipped: Uint8Array<ArrayBuffer> | null
}

/** The folder of the built console beside this code, or null when there is none. */
export function consoleFolder(): string | null {
  const isSource = import.meta.filename.endsWith('.ts')
  const folder = resolve(import.meta.dirname, isSource ? '../../dist/web' : '../../web')
  return existsSync(join(folder, 'index.html')) ? folder : null
}

/** Adds the console in `folder`. The routes of the API must be there already: what they do not answer is a page. */
export function addWeb(app: Hono, folder: string): void {
  // A path is looked up among these, and never on the disk.
  const names = new Set(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length).replaceAll('\\', '/')),
  )
  const files = new Map<string, Promise<WebFile>>()
  const fileOf = (name: string): Promise<WebFile> => {
    const known = files.get(name) ?? readWebFile(join(folder, name))
    files.set(name, known)
    return known
  }
  app.get('*', async (c, next) => {
    const { path } = c.req
    if (path.startsWith('/api/')) return next()
    if (names.has(path) && path !== '/index.html') return sendFile(c, path, await fileOf(path))
    // Only someone who looks at pages gets one: a missing script must not become a page.
    if (!(c.req.header('accept') ?? '').includes('text/html')) return next()
    return sendPage(c, await fileOf('/index.html'))
  })
}

async function readWebFile(path: string): Promise<WebFile> {
  const bytes = new Uint8Array(await readFile(path))
  return { bytes, zipped: COMPRESSED.has(extname(path)) ? new Uint8Array(await zip(bytes)) : null }
}

function sendFile(c: Context, path: string, { bytes, zipped }: WebFile): Response {
  const takesZip = (c.req.header('accept-encoding') ?? '').includes('gzip')
  const isZipped = takesZip && zipped !== null
  return c.body(isZipped ? zipped : bytes, 200, {
    'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
    'cache-control': path.startsWith('/assets/') ? FOR_EVER : 'no-cache',
    ...(isZipped ? { 'content-encoding': 'gzip' } : {}),
    vary: 'accept-encoding',
    'x-content-type-options': 'nosniff',
  })
}

/** Every page has a nonce of its own: with it the console's library may set styles, and no one else can. */
function sendPage(c: Context, { bytes }: WebFile): Response {
  const nonce = randomBytes(16).toString('base64')
  const page = new TextDecoder()
    .decode(bytes)
    .replace('name="csp-nonce" content=""', `name="csp-nonce" content="${nonce}"`)
  return c.body(page, 200, {
    'content-type': TYPES['.html'] ?? '',
    'cache-control': 'no-store',
    'content-security-policy': policyOf(nonce),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
  })
}

function policyOf(nonce: string): string {
  return [
    "default-src 'self'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ')
}
