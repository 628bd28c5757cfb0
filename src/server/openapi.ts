import { z } from 'zod'
import { errorCatalogue } from '../base/catalogue.ts'
import { capital } from '../base/words.ts'
import { component, componentName } from '../objects/components.ts'
import { errorReport } from '../objects/fields.ts'
import type { RouteSpec } from './api.ts'
import { API_BASE } from './api.ts'
import { resources } from './resources.ts'
import { errorsOf } from './route-errors.ts'

type Json = Record<string, unknown>

/** The OpenAPI document of the routes, made from the same schemas that check the requests. */
export function openApiDocument(routes: readonly RouteSpec[], version: string): Json {
  const components = new Components()
  const paths: Record<string, Json> = {}
  for (const route of routes) {
    const path = API_BASE + route.path
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route, components) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Rollcall',
      version,
      description:
        'Keeps Pinterest customer lists in step with queries. Sign in with a session cookie or an API key as bearer token. Lists have `limit` and `cursor`; errors name what to do; a POST may carry an `Idempotency-Key`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'The service that serves this document' }],
    tags: [...new Set(routes.map(tagOf))].map((name) => ({ name, description: aboutTag(name) })),
    paths,
    components: {
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: 'rollcall_session' },
        apiKey: { type: 'http', scheme: 'bearer' },
      },
      schemas: components.schemas(),
    },
  }
}

/** The schemas that have a name, as far as routes use them. */
class Components {
  readonly #schemas = new Map<string, Json>()

  /** A schema as JSON, which refers to the named ones in it. */
  of(schema: z.ZodType, io: 'input' | 'output'): Json {
    const name = componentName(schema)
    return name === undefined ? this.#written(schema, io) : this.#reference(name, schema, io)
  }

  schemas(): Json {
    return Object.fromEntries([...this.#schemas].toSorted(([left], [right]) => (left < right ? -1 : 1)))
  }

  #reference(name: string, schema: z.ZodType, io: 'input' | 'output'): Json {
    const known = this.#schemas.get(name)
    // One that contains itself finds its name taken.
    if (known === undefined) this.#schemas.set(name, {})
    const written = this.#written(schema, io)
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(written))
      throw new TypeError(`two schemas have the name ${name}`)
    this.#schemas.set(name, written)
    return { $ref: `#/components/schemas/${name}` }
  }

  #written(schema: z.ZodType, io: 'input' | 'output'): Json {
    const { $schema: _, ...rest } = z.toJSONSchema(schema, {
      io,
      unrepresentable: 'any',
      override: ({ zodSchema, jsonSchema }) => {
        const inner = zodSchema as unknown as z.ZodType
        const name = inner === schema ? undefined : componentName(inner)
        const $ref = name === undefined ? jsonSchema.$ref : this.#reference(name, inner, io)['$ref']
        if ($ref === undefined) return
        const { description } = jsonSchema
        for (const key of Object.keys(jsonSchema)) delete jsonSchema[key]
        Object.assign(
          jsonSchema,
          { $ref },
          name === undefined && description !== undefined ? { description } : {},
        )
      },
    }) as Json
    return tidy(rest) as Json
  }
}

/** The same schema, where a choice of one is that one. */
function tidy(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(tidy)
  if (typeof schema !== 'object' || schema === null) return schema
  const { anyOf, oneOf, ...rest } = schema as Json
  const choices = anyOf ?? oneOf
  const [only, ...others] = Array.isArray(choices) ? (choices as Json[]) : []
  if (only !== undefined && others.length === 0) return tidy({ ...only, ...rest })
  return Object.fromEntries(Object.entries(schema).map(([key, part]) => [key, tidy(part)]))
}

function operationOf(route: RouteSpec, components: Components): Json {
  const status = String(route.status ?? (route.answer === null ? 204 : 200))
  const parameters = [
    ...parametersOf(route.params, 'path', components),
    ...parametersOf(route.query, 'query', components),
  ]
  const { body } = route
  return {
    operationId: route.id,
    tags: [tagOf(route)],
    summary: route.summary,
    description: permissionText(route),
    parameters,
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: components.of(body, 'input') } },
          },
        }),
    responses: {
      [status]: { description: 'Done.', ...contentOf(route, components) },
      ...errorsIn(route, components),
    },
    security: route.permission === 'public' ? [] : [{ session: [] }, { apiKey: [] }],
  }
}

/** The answers of an operation that was not done, by status, with the codes that each may have. */
function errorsIn(route: RouteSpec, components: Components): Json {
  const content = { 'application/json': { schema: components.of(errorBody, 'output') } }
  const byStatus = Map.groupBy(new Set(errorsOf(route)), (code) => errorCatalogue[code].status)
  const answers = [...byStatus]
    .toSorted(([left], [right]) => left - right)
    .map(([status, codes]) => [
      String(status),
      { description: `Not done: ${codes.map((code) => `\`${code}\``).join(', ')}.`, content },
    ])
  return Object.fromEntries(answers) as Json
}

function contentOf(route: RouteSpec, components: Components): Json {
  if (route.media !== undefined) return { content: { [route.media]: { schema: { type: 'string' } } } }
  if (route.answer === null) return {}
  return { content: { 'application/json': { schema: components.of(route.answer, 'output') } } }
}

function permissionText({ permission }: RouteSpec): string {
  if (permission === 'public') return 'Open to everyone.'
  if (permission === 'signed_in') return 'For every signed-in user.'
  return `Needs the permission \`${permission}\`.`
}

function tagOf(route: RouteSpec): string {
  return route.id.split('.')[0] ?? route.id
}

function aboutTag(name: string): string {
  const about: Readonly<Record<string, string>> = resources
  return `${capital(about[name] ?? 'the whole configuration as one document')}.`
}

function parametersOf(
  schema: z.ZodType | undefined,
  place: 'path' | 'query',
  components: Components,
): Json[] {
  if (schema === undefined) return []
  const { properties = {}, required = [] } = components.of(schema, 'input') as {
    properties?: Record<string, Json>
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

/** What every failed request is answered with. */
const errorBody = component(
  'Error',
  z.object({
    error: errorReport.extend({
      requestId: z.string(),
      checks: z
        .array(z.object({ check: z.string(), ok: z.boolean().nullable(), text: z.string() }))
        .optional()
        .describe('for a refused destination: the checks made with Pinterest'),
      outcome: z
        .record(z.string(), z.unknown())
        .optional()
        .describe('how much of a configuration was applied: `applied`, `failed`, `remaining`'),
    }),
  }),
)
