import { z } from 'zod'
import { allDestinationKinds } from '../../destinations/registry.ts'
import { orchestrationDocument } from '../../destinations/orchestration-schemas.ts'
import type { DocumentOrchestration } from '../../destinations/orchestration-schemas.ts'
import { destinationDocument } from '../../destinations/schemas.ts'
import type { DocumentDestination } from '../../destinations/schemas.ts'
import { kinds, objectKinds } from '../../objects/kinds.ts'
import type { Kind } from '../../objects/kinds.ts'
import type { documentSecret } from '../../objects/object-kind.ts'
import { sourceTypes } from '../../sources/registry.ts'
import { sourceDocument } from '../../sources/schemas.ts'
import type { DocumentSource } from '../../sources/schemas.ts'
import { meant, quoted, refusal } from './problems.ts'
import type { Problem } from './problems.ts'

/**
 * A configuration as a document. What it holds of a kind is all that is wanted of it; a kind that is left out is left alone. A
 * document that Rollcall writes holds no secrets; one that a person writes names the environment variables that hold them.
 */

export type Secret = z.output<typeof documentSecret>

const OBJECTS_MAX = 10_000

type ObjectSchema<K extends Kind> = K extends 'data_source'
  ? z.ZodType<DocumentSource>
  : K extends 'destination'
    ? z.ZodType<DocumentDestination>
    : K extends 'orchestration'
      ? z.ZodType<DocumentOrchestration>
      : (typeof objectKinds)[K]['document']

type Sections = {
  readonly [K in Kind as (typeof objectKinds)[K]['section']]: z.ZodOptional<z.ZodArray<ObjectSchema<K>>>
}

export function configurationSchema() {
  const own: Partial<Record<Kind, z.ZodType>> = {
    data_source: sourceDocument(sourceTypes()),
    destination: destinationDocument(allDestinationKinds()),
    orchestration: orchestrationDocument(allDestinationKinds()),
  }
  const sections = kinds.map((kind) => [
    objectKinds[kind].section,
    z
      .array(own[kind] ?? objectKinds[kind].document)
      .max(OBJECTS_MAX)
      .optional(),
  ])
  return z.strictObject({
    version: z.literal(1, 'takes 1, the version of this format'),
    ...(Object.fromEntries(sections) as Sections),
  })
}

export type Configuration = z.output<ReturnType<typeof configurationSchema>>

/** The document with its defaults filled in. Error: `request_invalid` with every problem of its form. */
export function parseConfiguration(document: unknown): Configuration {
  const parsed = configurationSchema().safeParse(document, { error: unknownFields })
  const problems = parsed.success
    ? unstorableIn(parsed.data, [])
    : parsed.error.issues.map((issue) => ({
        path: issue.path.map((part) => (typeof part === 'number' ? part : String(part))),
        text: hinted(issue.message),
      }))
  if (!parsed.success || problems.length > 0) throw refusal(document, problems)
  return parsed.data
}

/** Names the nearest known field of each that is not known. */
function unknownFields(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== 'unrecognized_keys') return undefined
  const known = issue.inst instanceof z.ZodObject ? Object.keys(issue.inst.shape) : []
  return issue.keys.map((key) => `there is no field ${quoted(key)}.${meant(key, known)}`).join(' ')
}

/** PostgreSQL stores neither NUL nor half a character. */
function unstorableIn(value: unknown, path: Problem['path']): Problem[] {
  if (typeof value === 'string')
    return value.isWellFormed() && !value.includes('\0')
      ? []
      : [{ path, text: 'holds a character that cannot be stored.' }]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, part]) =>
    unstorableIn(part, [...path, Array.isArray(value) ? Number(key) : key]),
  )
}

/** YAML takes digits without quotes for a number. */
function hinted(message: string): string {
  if (message.endsWith('received undefined')) return 'is missing.'
  const sentence = /[.?]$/.test(message) ? message : `${message}.`
  return message.endsWith('expected string, received number') ? `${sentence} Write it in quotes.` : sentence
}
