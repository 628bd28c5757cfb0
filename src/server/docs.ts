import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Hono } from 'hono'
import { VERSION } from '../base/version.ts'
import { openApiDocument } from './openapi.ts'
import type { RouteSpec } from './api.ts'

/** Files of the documentation page, all from this server: nothing is loaded from elsewhere. */
const FILES: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
}

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Rollcall API</title>
<link rel="stylesheet" href="/api/docs/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<script src="/api/docs/swagger-ui-bundle.js"></script>
<script src="/api/docs/open.js"></script>
</body>
</html>
`

const OPEN = `SwaggerUIBundle({ url: '/api/openapi.json', dom_id: '#docs', deepLinking: true, tryItOutEnabled: false })
`

/** The viewer sets styles by itself, but runs no script of a page. */
const POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"

/** The OpenAPI document, made when it is first asked for, since commands look at the routes alone; and a page that shows it. */
export function addDocs(app: Hono, routes: readonly RouteSpec[]): void {
  let document: string | undefined
  const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
  app.get('/api/openapi.json', (c) => {
    document ??= JSON.stringify(openApiDocument(routes, VERSION))
    return c.body(document, 200, { 'content-type': 'application/json' })
  })
  app.get('/api/docs', (c) => c.html(PAGE, 200, { 'content-security-policy': POLICY }))
  app.get('/api/docs/open.js', (c) => c.body(OPEN, 200, { 'content-type': 'text/javascript; charset=utf-8' }))
  app.get('/api/docs/:file', async (c, next) => {
    const file = c.req.param('file')
    const type = Object.hasOwn(FILES, file) ? FILES[file] : undefined
    if (type === undefined) return next()
    return c.body(new Uint8Array(await readFile(join(folder, file))), 200, { 'content-type': type })
  })
}
