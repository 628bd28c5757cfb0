import { sql } from 'kysely'
import type { Hono } from 'hono'
import type { ServerContext } from './server-context.ts'

/** For those who run the service: whether it lives, whether it can work, and its figures. None needs a sign-in or tells a name. */
export function addHealth(app: Hono, { platform, metrics }: ServerContext): void {
  app.get('/healthz', (c) => c.text('ok\n'))
  app.get('/readyz', async (c) => {
    try {
      await sql`select 1`.execute(platform.store.db)
      return c.text('ready\n')
    } catch {
      return c.text('the database does not respond\n', 503)
    }
  })
  app.get('/metrics', async (c) => {
    try {
      return c.text(await metrics.text(), 200, { 'content-type': metrics.contentType })
    } catch {
      return c.text('the database does not respond\n', 503)
    }
  })
}
