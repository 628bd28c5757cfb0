import { Ajv2019 } from 'ajv/dist/2019.js'
import { isObject, lookUp, textOf, toJsonSchema } from './openapi-schema.ts'
import type { ValidateFunction } from 'ajv/dist/2019.js'
import type { SpecRequest, SpecResponse } from './openapi.ts'
import type { Json, JsonObject } from './openapi-schema.ts'

interface Operation {
  readonly key: string
  readonly operation: JsonObject
  readonly pathParameters: Readonly<Record<string, string>>
}

const JSON_TYPE = 'application/json'
const FORM_TYPE = 'application/x-www-form-urlencoded'

/** One description file: finds operations and checks requests and responses against it. */
export class SpecFile {
  readonly version: string
  readonly #document: JsonObject
  readonly #ajv: Ajv2019
  readonly #coercing: Ajv2019
  readonly #compiled = new Map<string, ValidateFunction>()

  constructor(document: JsonObject) {
    this.#document = document
    const { info } = document
    this.version = textOf(isObject(info) ? info['version'] : '?')
    const options = { strict: false, allErrors: true, validateFormats: false, unicodeRegExp: false }
    this.#ajv = new Ajv2019(options)
    this.#coercing = new Ajv2019({ ...options, coerceTypes: true })
    const components = { $id: 'spec', components: toJsonSchema(document['components'] ?? {}, document) }
    for (const ajv of [this.#ajv, this.#coercing]) ajv.addSchema(components)
  }

  find(method: string, path: string): Operation | null {
    const { paths } = this.#document
    const wanted = pathOf(path)
    for (const [template, item] of Object.entries(isObject(paths) ? paths : {})) {
      const operation = isObject(item) ? item[method.toLowerCase()] : undefined
      const pathParameters = match(template, wanted)
      if (isObject(operation) && pathParameters !== null) {
        return { key: `${method.toUpperCase()} ${template}`, operation, pathParameters }
      }
    }
    return null
  }

  requestProblems(request: SpecRequest): string[] {
    const found = this.find(request.method, request.path)
    if (found === null) return ['unknown operation']
    const headers = new Headers(request.headers)
    return [
      ...securityProblems(found.operation, headers),
      ...this.#parameterProblems(found, queryOf(request)),
      ...this.#bodyProblems(found, request.body, headers.get('content-type') ?? ''),
    ]
  }

  responseProblems(response: SpecResponse): string[] {
    const found = this.find(response.method, response.path)
    const responses = found?.operation['responses']
    if (found === null || !isObject(responses)) return ['unknown operation']
    const name = Object.hasOwn(responses, String(response.status)) ? String(response.status) : 'default'
    const declared = responses[name]
    if (!isObject(declared)) return [`status ${response.status} is not declared`]
    if (response.status < 400 && name === 'default') return [`status ${response.status} is not declared`]
    const schema = contentSchema(declared['content'], JSON_TYPE)
    if (schema === undefined) return response.body === undefined ? [] : ['a body where none is declared']
    const isError = response.status >= 400
    return this.#problems(`${found.key} ${name}`, schema, response.body, { closed: !isError, coerce: false })
  }

  #parameterProblems(found: Operation, query: Readonly<Record<string, string>>): string[] {
    const parameters = this.#parametersOf(found.operation)
    const unknown = Object.keys(query).filter((name) => !parameters.has(`query ${name}`))
    const problems = unknown.map((name) => `unknown query parameter ${name}`)
    for (const [place, parameter] of parameters) {
      const name = textOf(parameter['name'])
      const value = place.startsWith('path ') ? found.pathParameters[name] : query[name]
      if (value === undefined) {
        if (parameter['required'] === true) problems.push(`missing ${place}`)
        continue
      }
      const schema = parameter['schema'] ?? {}
      problems.push(
        ...this.#problems(`${found.key} ${place}`, schema, value, { closed: false, coerce: true }),
      )
    }
    return problems
  }

  #parametersOf(operation: JsonObject): Map<string, JsonObject> {
    const result = new Map<string, JsonObject>()
    const { parameters } = operation
    for (const one of Array.isArray(parameters) ? parameters : []) {
      const real =
        isObject(one) && typeof one['$ref'] === 'string' ? lookUp(one['$ref'], this.#document) : one
      if (isObject(real)) result.set(`${textOf(real['in'])} ${textOf(real['name'])}`, real)
    }
    return result
  }

  #bodyProblems(found: Operation, body: unknown, contentType: string): string[] {
    const { requestBody } = found.operation
    if (!isObject(requestBody)) return body === undefined ? [] : ['a body where none is declared']
    if (body === undefined) return requestBody['required'] === true ? ['missing body'] : []
    const type = contentSchema(requestBody['content'], FORM_TYPE) === undefined ? JSON_TYPE : FORM_TYPE
    const schema = contentSchema(requestBody['content'], type)
    if (schema === undefined) return []
    const wrongType =
      contentType === '' || contentType.startsWith(type) ? [] : [`content-type is not ${type}`]
    const value = readBody(body, type)
    if (value === undefined) return [...wrongType, 'the body is not JSON']
    return [
      ...wrongType,
      ...this.#problems(`${found.key} body`, schema, value, { closed: true, coerce: false }),
    ]
  }

  #problems(key: string, schema: Json, value: unknown, how: { closed: boolean; coerce: boolean }): string[] {
    const validate = this.#compiled.get(key) ?? this.#compile(key, schema, how)
    if (how.coerce ? validate({ value }) : validate(value)) return []
    return (validate.errors ?? []).map((error) => {
      const extra: unknown = error.params['unevaluatedProperty']
      const name = typeof extra === 'string' ? ` (${extra})` : ''
      return `${key}: ${error.instancePath || '(root)'} ${error.message ?? 'is wrong'}${name}`
    })
  }

  #compile(key: string, schema: Json, how: { closed: boolean; coerce: boolean }): ValidateFunction {
    const converted = absoluteRefs(toJsonSchema(schema, this.#document))
    const whole = how.closed ? { allOf: [converted], unevaluatedProperties: false } : converted
    const ajv = how.coerce ? this.#coercing : this.#ajv
    const made = ajv.compile(
      how.coerce ? { type: 'object', properties: { value: whole } } : (whole as JsonObject),
    )
    this.#compiled.set(key, made)
    return made
  }
}

function contentSchema(content: Json | undefined, type: string): Json | undefined {
  const entry = isObject(content) ? content[type] : undefined
  return isObject(entry) ? entry['schema'] : undefined
}

function absoluteRefs(schema: Json): Json {
  return JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"spec#/')) as Json
}

function pathOf(path: string): string {
  return (path.split('?')[0] ?? '').replace(/^\/v5(?=\/)/, '')
}

function match(template: string, path: string): Record<string, string> | null {
  const wanted = template.split('/')
  const given = path.split('/')
  if (wanted.length !== given.length) return null
  const parameters: Record<string, string> = {}
  for (const [index, step] of wanted.entries()) {
    const value = given[index] ?? ''
    const name = /^\{(.+)\}$/.exec(step)?.[1]
    if (name === undefined && step !== value) return null
    if (name !== undefined) parameters[name] = decodeURIComponent(value)
  }
  return parameters
}

function queryOf(request: SpecRequest): Record<string, string> {
  const inPath = new URLSearchParams(request.path.split('?')[1] ?? '')
  return { ...Object.fromEntries(inPath), ...request.query }
}

function readBody(body: unknown, type: string): unknown {
  if (typeof body !== 'string') return body
  if (type === FORM_TYPE) return Object.fromEntries(new URLSearchParams(body))
  try {
    return JSON.parse(body) as unknown
  } catch {
    return undefined
  }
}

function securityProblems(operation: JsonObject, headers: Headers): string[] {
  const { security } = operation
  const schemes = (Array.isArray(security) ? security : []).flatMap((one) =>
    isObject(one) ? Object.keys(one) : [],
  )
  if (schemes.length === 0) return []
  const scheme = schemes.includes('basic') ? 'Basic' : 'Bearer'
  const given = headers.get('authorization') ?? ''
  return new RegExp(`^${scheme} [\\w.~+/=-]+$`).test(given) ? [] : [`no ${scheme} authorization`]
}
