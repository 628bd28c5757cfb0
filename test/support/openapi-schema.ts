/** Turns schemas of OpenAPI 3.0 into JSON Schema 2019-09, which ajv understands. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
export type JsonObject = { [key: string]: Json }

/** Keywords that say nothing about validity, or that ajv would read differently. */
const DROPPED = new Set(['discriminator', 'nullable', 'example', 'title', 'description', 'default', 'format'])
/** Keywords whose members are names of the document's own, not keywords. */
const NAME_MAPS = new Set(['properties', 'schemas', 'parameters'])

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The same schema in JSON Schema: `nullable` becomes a type, a discriminator becomes if/then. */
export function toJsonSchema(schema: Json, document: JsonObject): Json {
  if (Array.isArray(schema)) return schema.map((one) => toJsonSchema(one, document))
  if (!isObject(schema)) return schema
  const result: JsonObject = {}
  for (const [key, value] of Object.entries(schema)) {
    if (DROPPED.has(key)) continue
    result[key] =
      NAME_MAPS.has(key) && isObject(value) ? mapValues(value, document) : keyword(key, value, document)
  }
  addDiscriminator(schema, result, document)
  return schema['nullable'] === true ? orNull(result) : result
}

function keyword(key: string, value: Json, document: JsonObject): Json {
  return key === 'enum' || key === 'required' ? value : toJsonSchema(value, document)
}

function mapValues(map: JsonObject, document: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(map).map(([name, one]) => [name, toJsonSchema(one, document)]))
}

function orNull(schema: JsonObject): JsonObject {
  return { anyOf: [schema, { type: 'null' }] }
}

/** With a mapping, the member's value alone decides which schema holds: so no `oneOf` that several could match. */
function addDiscriminator(schema: JsonObject, result: JsonObject, document: JsonObject): void {
  const { discriminator } = schema
  if (!isObject(discriminator) || !isObject(discriminator['mapping'])) return
  const member = textOf(discriminator['propertyName'])
  const branches: Json[] = []
  for (const [value, ref] of Object.entries(discriminator['mapping'])) {
    if (typeof ref !== 'string' || refersBack(ref, schema, document)) continue
    branches.push({
      if: { properties: { [member]: { const: value } }, required: [member] },
      // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
      then: { $ref: ref },
    })
  }
  if (branches.length === 0) return
  delete result['oneOf']
  delete result['anyOf']
  result['allOf'] = [...(Array.isArray(result['allOf']) ? result['allOf'] : []), ...branches]
}

/** A branch that is built on its own parent would make ajv run in a circle. */
function refersBack(ref: string, parent: JsonObject, document: JsonObject): boolean {
  return JSON.stringify(lookUp(ref, document) ?? null).includes(`"${refOf(parent, document)}"`)
}

function refOf(schema: JsonObject, document: JsonObject): string {
  const schemas = lookUp('#/components/schemas', document)
  const name = Object.entries(isObject(schemas) ? schemas : {}).find(([, one]) => one === schema)?.[0]
  return `#/components/schemas/${name ?? '(inline)'}`
}

/** What a local reference such as `#/components/schemas/Error` stands for. */
export function lookUp(ref: string, document: JsonObject): Json | undefined {
  let here: Json | undefined = document
  for (const step of ref.replace(/^#\//, '').split('/')) {
    here = isObject(here) ? here[step] : undefined
  }
  return here
}

/** A member that the document's own format makes a text. */
export function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}
