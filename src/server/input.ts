import type { Context } from 'hono'
import { z } from 'zod'
import type { Limits } from '../base/limits.ts'
import { nearestName } from '../base/nearest.ts'
import { invalid, RollcallError } from '../base/rollcall-error.ts'

/** Reading what a request says. What is not known is refused, with the nearest known name. */

/** Which limit a body is held to. */
export type BytesLimit = 'requestBytesMax' | 'configurationBytesMax'

/** The body as JSON; undefined without one. Errors: `request_too_large`, `request_invalid`. */
export async function bodyOf(c: Context, limits: Limits, bytesLimit: BytesLimit): Promise<unknown> {
  if (c.req.method === 'GET' || c.req.method === 'HEAD') return undefined
  const text = await readText(c, { limit: limits[bytesLimit], name: bytesLimit })
  if (text === '') return undefined
  const type = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/json') throw invalid('the body must be JSON, with content-type application/json.')
  const unstorable: string[] = []
  const body = parse(text, (key, value) => {
    if (!isStorable(key) || (typeof value === 'string' && !isStorable(value))) unstorable.push(key)
    return value
  })
  const [first] = unstorable
  if (first !== undefined) throw notStorable(first)
  return body
}

function parse(text: string, look: (key: string, value: unknown) => unknown): unknown {
  try {
    return JSON.parse(text, look) as unknown
  } catch (error) {
    throw new RollcallError('request_invalid', { detail: 'the body is not valid JSON.' }, { cause: error })
  }
}

/** PostgreSQL stores neither NUL nor half a character, and nothing that people write has them. */
function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}

function notStorable(name: string): RollcallError {
  return invalid(`${shownName(name)} holds a character that cannot be stored.`)
}

async function readText(c: Context, max: { readonly limit: number; readonly name: string }): Promise<string> {
  const { body } = c.req.raw
  if (body === null) return ''
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of body as unknown as AsyncIterable<Uint8Array>) {
    bytes += piece.length
    if (bytes > max.limit) throw new RollcallError('request_too_large', max)
    pieces.push(piece)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(pieces))
  } catch (error) {
    throw new RollcallError('request_invalid', { detail: 'the body is not UTF-8.' }, { cause: error })
  }
}

/** What a schema makes of the input; undefined without a schema. Error: `request_invalid` naming every problem. */
export function inputOf(
  schema: z.ZodType | undefined,
  input: unknown,
  where: 'path' | 'query' | 'body',
): unknown {
  const texts = where === 'body' ? {} : (input as Readonly<Record<string, string>>)
  for (const [name, text] of Object.entries(texts)) if (!isStorable(name + text)) throw notStorable(name)
  if (schema === undefined) {
    if (where === 'query' && input !== undefined && Object.keys(input as object).length > 0)
      throw invalid(`this operation takes no query parameters, such as "${Object.keys(input as object)[0]}".`)
    if (where === 'body' && input !== undefined) throw invalid('this operation takes no body.')
    return undefined
  }
  const parsed = schema.safeParse(input ?? (where === 'body' ? {} : input))
  if (parsed.success) return parsed.data
  // A field that is not known is most likely why another one is missing.
  const issues = parsed.error.issues.toSorted((left, right) => rank(left) - rank(right))
  const problems = issues.slice(0, PROBLEMS_SHOWN).flatMap((issue) => problemsOf(issue, schema, []))
  throw invalid(problems.slice(0, PROBLEMS_SHOWN).join(' '))
}

function rank({ code }: z.core.$ZodIssue): number {
  return code === 'unrecognized_keys' ? 0 : 1
}

const PROBLEMS_SHOWN = 5
/** A text of the request that is quoted in an answer is cut to this, and never a value. */
const NAME_CHARS_SHOWN = 60

function problemsOf(issue: z.core.$ZodIssue, schema: z.ZodType, above: readonly PropertyKey[]): string[] {
  const path = [...above, ...issue.path]
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    // What was meant is most likely what least is wrong with.
    const meant = issue.errors.reduce((least, errors) => (errors.length < least.length ? errors : least))
    return meant.flatMap((inner) => problemsOf(inner, schema, path))
  }
  const place = path.map(String).join('.')
  if (issue.code !== 'unrecognized_keys') {
    const isMissing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined')
    return [
      `${place === '' ? 'The request' : cut(place)}${isMissing ? ' is missing' : `: ${issue.message}`}.`,
    ]
  }
  const known = namesAt(schema, path)
  return issue.keys.slice(0, PROBLEMS_SHOWN).map((key) => {
    const near = nearestName(cut(key), known)
    const hint = near === null ? '' : ` Did you mean "${near}"?`
    return `There is no field ${shownName(key)}${place === '' ? '' : ` in ${cut(place)}`}.${hint}`
  })
}

function shownName(name: string): string {
  return `"${cut(name).replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, ' ')}"`
}

function cut(text: string): string {
  return text.toWellFormed().slice(0, NAME_CHARS_SHOWN)
}

/** Names of the fields that there are at this place of a schema. */
function namesAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodNullable)
    return namesAt(schema.unwrap() as z.ZodType, path)
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((one) => namesAt(one as z.ZodType, path))
  const [step, ...rest] = path
  if (schema instanceof z.ZodArray) return namesAt(schema.element as z.ZodType, rest)
  if (!(schema instanceof z.ZodObject)) return []
  const shape = schema.shape as Readonly<Record<PropertyKey, z.ZodType>>
  if (step === undefined) return Object.keys(shape)
  const inner = Object.hasOwn(shape, step) ? shape[step] : undefined
  return inner === undefined ? [] : namesAt(inner, rest)
}
