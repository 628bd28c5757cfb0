import { createAdaptorServer } from '@hono/node-server'
import { once } from 'node:events'
import { Hono } from 'hono'
import { adAccountOperations } from './ad-accounts.ts'
import { audienceOperations } from './audiences.ts'
import { controlRoutes } from './control-http.ts'
import { customerListOperations } from './customer-lists.ts'
import { ApiError } from './errors.ts'
import { oauthOperations } from './oauth.ts'
import { serveOperation } from './pipeline.ts'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Control } from './control.ts'
import type { Env } from './pipeline.ts'
import type { World } from './world.ts'

/** Every operation that is simulated. */
const operations = [
  ...oauthOperations,
  ...adAccountOperations,
  ...customerListOperations,
  ...audienceOperations,
]

const HOST = '127.0.0.1'

/** Serves the API under `/v5` and the control API under `/simulator` on the loopback address. */
export async function listen(world: World, control: Control, port: number): Promise<Server> {
  const { fetch } = application(world, control)
  const server = createAdaptorServer({ fetch, overrideGlobalObjects: false }) as Server
  server.listen(port, HOST)
  await once(server, 'listening')
  return server
}

export function addressOf(server: Server): { origin: string; port: number } {
  const { port } = server.address() as AddressInfo
  return { origin: `http://${HOST}:${port}`, port }
}

/** Ends every connection, also those that hang on purpose. */
export async function stop(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}

function application(world: World, control: Control): Hono<Env> {
  const app = new Hono<Env>()
  for (const operation of operations) {
    app.on(operation.method, `/v5${operation.path}`, (c) => serveOperation(c, operation, world))
  }
  for (const path of new Set(operations.map((operation) => operation.path))) {
    app.all(`/v5${path}`, () => errorResponse(methodNotAllowed()))
  }
  app.route('/simulator', controlRoutes(control, world.faults))
  app.notFound(() => errorResponse(new ApiError(404, 404, 'There is no such endpoint here.')))
  app.onError((error) => errorResponse(error instanceof ApiError ? error : unexpected(error)))
  return app
}

function methodNotAllowed(): ApiError {
  return new ApiError(405, 5, 'Method not allowed.', { status: 'failure', data: null, endpoint_name: 'v5' })
}

function unexpected(error: Error): ApiError {
  const isBadJson = error instanceof SyntaxError
  return isBadJson
    ? new ApiError(400, 1, 'The body is not JSON.')
    : new ApiError(500, 500, `Simulator: ${error.message}`)
}

function errorResponse(error: ApiError): Response {
  const headers = { 'x-pinterest-rid': String(Date.now()) }
  return Response.json(error.body, { status: error.status, headers })
}
