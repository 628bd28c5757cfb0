import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { actionCatalogue, errorCatalogue } from '../src/base/catalogue.ts'
import { operations } from '../src/cli/resource.ts'
import { openApiDocument } from '../src/server/openapi.ts'

/**
 * Writes `src/api/operations.ts` from the OpenAPI document: the path and the types of every operation, so that the console asks for
 * nothing that the API does not know. `npm run docs` runs this; a test compares.
 */

interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: Schema | boolean
  readonly items?: Schema
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>
}

interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly parameters: readonly {
    readonly name: string
    readonly in: 'path' | 'query'
    readonly required: boolean
    readonly schema: Schema
  }[]
  readonly requestBody?: Content
  readonly responses: Readonly<Record<string, Content>>
}

const HEAD = `/** Made by \`npm run docs\` from the OpenAPI document. */

/* eslint-disable */
`

/** The text of \`src/api/operations.ts\`. */
export function operationsModule(): string {
  const document = openApiDocument(operations(), '') as {
    paths: Record<string, Record<string, Operation>>
    components: { schemas: Record<string, Schema> }
  }
  const all = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  )
  const types = all.map(({ operation }) => typeOf(operation))
  const places = all.map(
    ({ path, method, operation }) =>
      `  '${operation.operationId}': { method: '${method}', path: '${path}' },`,
  )
  return [
    HEAD,
    ...Object.entries(NAMED).map(([name, values]) => `export type ${name} = ${literals(values)}\n`),
    ...Object.entries(document.components.schemas).map(
      ([name, schema]) => `export type ${typeName(name)} = ${write(schema)}\n`,
    ),
    'export interface Operations {',
    ...types,
    '}',
    '',
    'export const operations = {',
    ...places,
    '} as const satisfies Record<keyof Operations, { method: string; path: string }>',
    '',
  ].join('\n')
}

function typeOf({ operationId, summary, parameters, requestBody, responses }: Operation): string {
  const success = Object.entries(responses).find(([status]) => status.startsWith('2'))?.[1]
  const named = (place: 'path' | 'query'): string => {
    const own = parameters.filter((parameter) => parameter.in === place)
    const fields = own.map(
      ({ name, required, schema }) =>
        `${name}${required ? '' : '?'}: ${write(schema)}${required ? '' : ' | undefined'}`,
    )
    return own.length === 0 ? 'undefined' : `{ ${fields.join('; ')} }`
  }
  const body = requestBody === undefined ? 'undefined' : write(schemaOf(requestBody))
  const answer = success?.content === undefined ? 'null' : write(schemaOf(success))
  return [
    `  /** ${summary}. */`,
    `  '${operationId}': {`,
    `    params: ${named('path')}`,
    `    query: ${named('query')}`,
    `    body: ${body}`,
    `    answer: ${answer}`,
    `  }`,
  ].join('\n')
}

function schemaOf(content: Content): Schema {
  return Object.values(content.content ?? {})[0]?.schema ?? {}
}

const SIMPLE: Readonly<Record<string, string>> = {
  string: 'string',
  integer: 'number',
  number: 'number',
  boolean: 'boolean',
  null: 'null',
}

/** A schema as a type. What is not one of the shapes that the routes use becomes `unknown`. */
function write(schema: Schema): string {
  if (schema.$ref !== undefined) return typeName(schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1))
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum !== undefined) return writeEnum(schema.enum)
  const either = schema.anyOf ?? schema.oneOf
  if (either !== undefined) return either.map(write).join(' | ')
  if (schema.allOf !== undefined) return schema.allOf.map(write).join(' & ')
  if (schema.type === 'array') return `readonly (${write(schema.items ?? {})})[]`
  if (schema.type === 'object') return writeObject(schema)
  return [schema.type ?? '']
    .flat()
    .map((type) => SIMPLE[type] ?? 'unknown')
    .join(' | ')
}

/** The name of a schema as a type: one is called as what every page has already. */
function typeName(name: string): string {
  return name === 'Error' ? 'ErrorBody' : name
}

/** Long enums of the catalogue, which stand in many answers, have a name. */
const NAMED = {
  ErrorCode: Object.keys(errorCatalogue),
  ActionName: Object.keys(actionCatalogue),
}

function writeEnum(values: readonly unknown[]): string {
  const name = Object.entries(NAMED).find(([, known]) => known.join() === values.join())?.[0]
  return name ?? literals(values)
}

function literals(values: readonly unknown[]): string {
  return values.map((value) => JSON.stringify(value)).join(' | ')
}

function writeObject({ properties, required = [], additionalProperties }: Schema): string {
  if (properties === undefined)
    return `{ readonly [name: string]: ${typeof additionalProperties === 'object' ? write(additionalProperties) : 'unknown'} }`
  const fields = Object.entries(properties).map(([name, schema]) => {
    const isRequired = required.includes(name)
    return `readonly ${JSON.stringify(name)}${isRequired ? '' : '?'}: ${write(schema)}${isRequired ? '' : ' | undefined'}`
  })
  return `{ ${fields.join('; ')} }`
}

if (import.meta.main) writeFileSync(join(import.meta.dirname, 'src/api/operations.ts'), operationsModule())
