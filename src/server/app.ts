import { Hono } from 'hono'
import { RollcallError } from '../base/rollcall-error.ts'
import type { Api, RouteSpec } from './api.ts'
import { answerError } from './errors.ts'
import { addDocs } from './docs.ts'
import { addHealth } from './health.ts'
import { addAccessRoutes } from './routes/access.ts'
import { addActivityRoutes } from './routes/activity.ts'
import { addAlertRoutes } from './routes/alerts.ts'
import { addConfigurationRoutes } from './routes/configuration.ts'
import { addCredentialRoutes } from './routes/credentials.ts'
import { addDataSourceRoutes } from './routes/data-sources.ts'
import { addDestinationRoutes } from './routes/destinations.ts'
import { addNotificationRoutes } from './routes/notifications.ts'
import { addListRoutes } from './routes/lists.ts'
import { addOrchestrationRoutes } from './routes/orchestrations.ts'
import { addQueryRoutes } from './routes/queries.ts'
import { addUserRoutes } from './routes/users.ts'
import { addWorkflowRoutes } from './routes/workflows.ts'
import type { ServerContext } from './server-context.ts'
import { requireOwnHost } from './own-host.ts'
import { addWeb } from './web.ts'

/**
 * The HTTP API: all routes below `/api/v1`, its documentation, and what operators watch; and the console, when the folder of its
 * built files is given.
 */
export function createApp(
  context: ServerContext,
  webFolder: string | null = null,
): {
  readonly app: Hono
  readonly routes: readonly RouteSpec[]
} {
  const app = new Hono()
  if (context.host !== null) app.use(requireOwnHost(context))
  const api: Api = { app, context, routes: [] }
  addCredentialRoutes(api)
  addDestinationRoutes(api)
  addDataSourceRoutes(api)
  addQueryRoutes(api)
  addOrchestrationRoutes(api)
  addListRoutes(api)
  addWorkflowRoutes(api)
  addNotificationRoutes(api)
  addAlertRoutes(api)
  addActivityRoutes(api)
  addConfigurationRoutes(api)
  addAccessRoutes(api)
  addUserRoutes(api)
  addHealth(app, context)
  addDocs(app, api.routes)
  if (webFolder !== null) addWeb(app, webFolder)
  app.notFound((c) =>
    answerError(c, new RollcallError('not_found', { what: 'such page or operation. See /api/docs' }), {
      log: context.log,
      requestId: 'none',
    }),
  )
  return { app, routes: api.routes }
}
