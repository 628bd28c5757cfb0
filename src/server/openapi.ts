import { z } from 'zod'
import type { RouteSpec } from './api.ts'
import { API_BASE } from './api.ts'

/** The OpenAPI document of the routes, made from the same schemas that check the requests. */
export function openApiDocument(routes: readonly RouteSpec[], version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const route of routes) {
    const path = API_BASE + route.path
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Rollcall',
      version,
      description:
        'Keeps Pinterest customer lists in step with queries. Sign in with a session cookie or an API key as bearer token. Lists have `limit` and `cursor`; errors name what to do; a POST may carry an `Idempotency-Key`.',
    },
    tags: [...new Set(routes.map(tagOf))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: 'rollcall_session' },
        apiKey: { type: 'http', scheme: 'bearer' },
      },
      schemas: { Error: errorSchema },
    },
  }
}

function operationOf(route: RouteSpec): Record<string, unknown> {
  const status = String(route.status ?? (route.answer === null ? 204 : 200))
  return {
    operationId: route.id,
    tags: [tagOf(route)],
    summary: route.summary,
    description: permissionText(route),
    parameters: [...parametersOf(route.params, 'path'), ...parametersOf(route.query, 'query')],
    ...(route.body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: jsonSchema(route.body, 'input') } },
          },
        }),
    responses: {
      [status]: { description: 'Done.', ...contentOf(route) },
      default: {
        description: 'Not done; the error says why and what to do.',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    },
    security: route.permission === 'public' ? [] : [{ session: [] }, { apiKey: [] }],
  }
}

function contentOf(route: RouteSpec): Record<string, unknown> {
  if (route.media !== undefined) return { content: { [route.media]: { schema: { type: 'string' } } } }
  if (route.answer === null) return {}
  return { content: { 'application/json': { schema: jsonSchema(route.answer, 'output') } } }
}

function permissionText({ permission }: RouteSpec): string {
  if (permission === 'public') return 'Open to everyone.'
  if (permission === 'signed_in') return 'For everyone who is signed in.'
  return `Needs the permission \`${permission}\`.`
}

function tagOf(route: RouteSpec): string {
  return route.id.split('.')[0] ?? route.id
}

function parametersOf(schema: z.ZodType | undefined, place: 'path' | 'query'): Record<string, unknown>[] {
  if (schema === undefined) return []
  const { properties = {}, required = [] } = jsonSchema(schema, 'input') as {
    properties?: Record<string, Record<string, unknown>>
    required?: string[]
  }
  return Object.entries(properties).map(([name, property]) => {
    const parameter = {
      name,
      in: place,
      required: place === 'path' || required.includes(name),
      schema: property,
    }
    const { description } = property
    return description === undefined ? parameter : Object.assign(parameter, { description })
  })
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Record<
    string,
    unknown
  >
  return rest
}

const errorSchema = jsonSchema(
  z.object({
    error: z.object({
      code: z.string(),
      message: z.string(),
      actions: z.array(z.object({ action: z.string(), title: z.string(), steps: z.array(z.string()) })),
      requestId: z.string(),
      checks: z
        .array(z.object({ check: z.string(), ok: z.boolean().nullable(), text: z.string() }))
        .optional(),
      outcome: z
        .record(z.string(), z.unknown())
        .optional()
        .describe('how far a configuration was applied: `applied`, `failed`, `remaining`'),
    }),
  }),
  'output',
)
