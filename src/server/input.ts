import type { Context } from 'hono'
import { z } from 'zod'
import type { Limits } from '../base/limits.ts'
import { nearestName } from '../base/nearest.ts'
import { RollcallError } from '../base/rollcall-error.ts'

/** Reading what a request says. What is not known is refused, with the nearest known name. */

/** The body as JSON; undefined without one. Errors: `request_too_large`, `request_invalid`. */
export async function bodyOf(c: Context, { requestBytesMax }: Limits): Promise<unknown> {
  if (c.req.method === 'GET' || c.req.method === 'HEAD') return undefined
  const text = await readText(c, requestBytesMax)
  if (text === '') return undefined
  const type = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/json') throw invalid('the body must be JSON, with content-type application/json.')
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    throw new RollcallError('request_invalid', { detail: 'the body is not valid JSON.' }, { cause: error })
  }
}

async function readText(c: Context, bytesMax: number): Promise<string> {
  const { body } = c.req.raw
  if (body === null) return ''
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of body as unknown as AsyncIterable<Uint8Array>) {
    bytes += piece.length
    if (bytes > bytesMax) throw new RollcallError('request_too_large', { limit: bytesMax })
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
  if (schema === undefined) {
    if (where === 'query' && input !== undefined && Object.keys(input as object).length > 0)
      throw invalid(`this operation has no query parameters, so not "${Object.keys(input as object)[0]}".`)
    if (where === 'body' && input !== undefined) throw invalid('this operation takes no body.')
    return undefined
  }
  const parsed = schema.safeParse(input ?? (where === 'body' ? {} : input))
  if (parsed.success) return parsed.data
  const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : []
  const problems = parsed.error.issues.slice(0, PROBLEMS_SHOWN).map((issue) => problemOf(issue, known))
  throw invalid(problems.join(' '))
}

const PROBLEMS_SHOWN = 5
/** A text of the request that is quoted in an answer is cut to this, and never a value. */
const NAME_CHARS_SHOWN = 60

function problemOf(issue: z.core.$ZodIssue, known: readonly string[]): string {
  const path = issue.path.map(String).join('.').slice(0, NAME_CHARS_SHOWN)
  if (issue.code === 'unrecognized_keys') {
    const key = (issue.keys[0] ?? '').slice(0, NAME_CHARS_SHOWN)
    const near = path === '' ? nearestName(key, known) : null
    const place = path === '' ? '' : ` in ${path}`
    return `There is no field "${key}"${place}.${near === null ? '' : ` Did you mean "${near}"?`}`
  }
  return `${path === '' ? 'The request' : path}: ${issue.message}.`
}

function invalid(detail: string): RollcallError {
  return new RollcallError('request_invalid', { detail })
}
