import { z } from 'zod'
import { limitDefinitions } from '../../base/limits.ts'
import type { LimitName } from '../../base/limits.ts'
import { allDestinationKinds, kindSchema } from '../../destinations/registry.ts'
import type { Declared, Settings } from '../../sources/contract.ts'
import { sourceTypes } from '../../sources/registry.ts'
import { kindNames } from '../kept-settings.ts'
import { destinationLimits } from '../destinations.ts'
import { orchestrationLimits } from '../orchestrations.ts'
import { meant, quoted, refusal } from './problems.ts'

/**
 * A configuration as a document. What it holds of a kind is all that is wanted of it; a kind that is left out is left alone. A
 * document that Rollcall writes holds no secrets; one that a person writes names the environment variables that hold them.
 */

const FACT_CHARS_MAX = 4_000
const GIVEN_WHEN = 'for a new one, and for another place'
const NOT_STORABLE = 'holds a character that cannot be stored'

/** An object whose unknown fields are refused with the nearest known one. */
function strict<Shape extends z.ZodRawShape>(shape: Shape) {
  const known = Object.keys(shape)
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => `there is no field ${quoted(key)}.${meant(key, known)}`).join(' ')
        : undefined,
  })
}

/** PostgreSQL stores neither NUL nor half a character. */
function text(charsMax: number) {
  return z.string().max(charsMax).refine(isStorable, NOT_STORABLE)
}

function isStorable(value: string | readonly string[] | undefined): boolean {
  return [value ?? ''].flat().every((one) => one.isWellFormed() && !one.includes('\0'))
}

const name = text(2_000).trim()
const description = text(20_000).trim().default('')

/** Read by the command line only, from its own environment; it sends the value in place of the reference. */
const secret = z.union(
  [
    text(4_000),
    z
      .strictObject({
        env: z
          .string()
          .regex(/^[A-Za-z_]\w*$/)
          .max(200),
      })
      .describe('for `rollcall apply`'),
  ],
  'takes {env: NAME}, with the name of the environment variable that holds it',
)

export type Secret = z.output<typeof secret>

function limits<Name extends LimitName>(names: readonly Name[]) {
  const shape = Object.fromEntries(
    names.map((limit) => {
      const { min, max, about } = limitDefinitions[limit]
      return [limit, z.int().min(min).max(max).optional().describe(about)]
    }),
  ) as Record<Name, z.ZodOptional<z.ZodInt>>
  return strict(shape).default({} as never)
}

const credential = strict({
  name,
  description,
  plugin: z.literal('pinterest').default('pinterest'),
  appId: secret.optional().describe('for a new one, as are the next two'),
  appSecret: secret.optional(),
  refreshToken: secret.optional(),
})

const openColumns = z
  .array(text(500))
  .max(1_000)
  .default([])
  .describe('columns that hold nothing personal; all others are hidden from people who may not view PII')

export type WantedSource = z.output<typeof commonSource> & Readonly<Record<string, unknown>>

const commonSource = z.object({ name, description, kind: z.string(), openColumns })

/** One shape for each type of data source, made from its fields. */
function dataSource(): z.ZodType<WantedSource> {
  const shapes = sourceTypes().map((type) =>
    strict({
      name,
      description,
      kind: z.literal(type.kind),
      ...Object.fromEntries(
        Object.keys(type.facts ?? {}).map((fact) => [fact, text(FACT_CHARS_MAX).optional()]),
      ),
      ...settingsOf(type),
      openColumns,
    }),
  )
  return byKind(shapes, sourceTypes())
}

/** The settings of a kind. */
function settingsOf({ fields }: Declared): z.ZodRawShape {
  return Object.fromEntries(
    Object.entries(fields).map(([field, { schema, isShown }]) => [
      field,
      isShown === true ? schema.refine(isStorable, NOT_STORABLE) : secret.optional().describe(GIVEN_WHEN),
    ]),
  )
}

/** A list that is made as the process starts has no type of its own for each member. */
function byKind<T>(shapes: readonly z.ZodType[], kinds: readonly Declared[]): z.ZodType<T> {
  return z.discriminatedUnion('kind', shapes as never, `kind takes ${kindNames(kinds)}`)
}

const queryText = strict({
  sql: text(200_000),
  emailColumn: text(500).trim().default('email'),
  hashed: z.boolean().default(false),
})

const bound = z.int().min(0).max(1e12).optional()

const query = strict({
  name,
  description,
  dataSource: name,
  active: queryText.nullable().default(null).describe('what runs; applying activates it'),
  draft: queryText.nullable().optional().describe('left alone when left out, thrown away when null'),
  thresholds: strict({ warnBelow: bound, warnAbove: bound, failBelow: bound, failAbove: bound }).default({}),
})

const commonDestination = {
  name,
  description,
  credential: name,
  adminOnly: z.boolean().default(false),
  limitedPii: z.boolean().default(false),
}

const ownLimits = { limits: limits(destinationLimits) }

export type WantedDestination = z.output<z.ZodObject<typeof commonDestination & typeof ownLimits>> & {
  readonly kind: string
} & Settings

/** One shape for each kind of destination, made from its fields. */
function destination(): z.ZodType<WantedDestination> {
  const kinds = allDestinationKinds()
  const shapes = kinds.map((type) =>
    strict({ ...commonDestination, kind: kindSchema(type), ...settingsOf(type), ...ownLimits }),
  )
  return byKind(shapes, kinds)
}

const orchestration = strict({
  name,
  query: name,
  destination: name,
  listName: name,
  automatic: z.boolean().default(false),
  enabled: z.boolean().default(true),
  cron: text(200).nullable().default(null),
  timeZone: text(100).default('UTC'),
  limits: limits(orchestrationLimits),
  adopt: z.boolean().default(false),
  sendAdditionsFirst: z.boolean().default(false),
})

const OBJECTS_MAX = 10_000

export function configurationSchema() {
  return strict({
    version: z.literal(1, 'takes 1, the version of this format'),
    credentials: z.array(credential).max(OBJECTS_MAX).optional(),
    dataSources: z.array(dataSource()).max(OBJECTS_MAX).optional(),
    queries: z.array(query).max(OBJECTS_MAX).optional(),
    destinations: z.array(destination()).max(OBJECTS_MAX).optional(),
    orchestrations: z.array(orchestration).max(OBJECTS_MAX).optional(),
  })
}

export type Configuration = z.output<ReturnType<typeof configurationSchema>>

/** The document with its defaults filled in. Error: `request_invalid` with every problem of its form. */
export function parseConfiguration(document: unknown): Configuration {
  const parsed = configurationSchema().safeParse(document)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map((issue) => ({
    path: issue.path.map((part) => (typeof part === 'number' ? part : String(part))),
    text: hinted(issue.message),
  }))
  throw refusal(document, problems)
}

/** YAML takes digits without quotes for a number. */
function hinted(message: string): string {
  if (message.endsWith('received undefined')) return 'is missing.'
  const sentence = /[.?]$/.test(message) ? message : `${message}.`
  return message.endsWith('expected string, received number') ? `${sentence} Write it in quotes.` : sentence
}
