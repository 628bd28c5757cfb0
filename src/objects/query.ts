import { z } from 'zod'
import { component } from './components.ts'
import { description, errorReport, name, ref, time } from './fields.ts'
import { objectKind, shownAs } from './object-kind.ts'
import type { Output } from './object-kind.ts'

/** Queries: SQL over one data source. */

/** The SQL of a query with how its result is read. */
export const queryText = component(
  'QueryTextInput',
  z.strictObject({
    sql: z.string().max(100_000).describe('SQL of the query; over files, it reads the table "input"'),
    emailColumn: z
      .string()
      .max(500)
      .trim()
      .describe('column of the result that holds the addresses')
      .default('email'),
    hashed: z.boolean().default(false).describe('the column holds SHA-256 hashes, not addresses'),
  }),
)

const shownText = component('QueryText', shownAs(queryText))

const bound = (about: string) => z.int().min(0).max(1e12).exactOptional().describe(about)

/** Row counts below or above which a run warns or fails. */
export const thresholds = component(
  'Thresholds',
  z.strictObject({
    warnBelow: bound('a run warns if the query returns fewer rows'),
    warnAbove: bound('a run warns if the query returns more rows'),
    failBelow: bound('a run fails, and sends nothing, if the query returns fewer rows'),
    failAbove: bound('a run fails, and sends nothing, if the query returns more rows'),
  }),
)

export const UNREADABLE = 'lines that could not be read, in addition to the rows'

export const queryObject = objectKind({
  name: 'query',
  section: 'queries',
  fields: {
    name,
    description,
    dataSource: { refersTo: 'data_source' },
    draft: queryText,
    thresholds: thresholds.default({}),
  },
  fixed: ['dataSource'],
  shown: {
    status: z.enum(['draft', 'activated', 'running', 'completed', 'inactive', 'error']),
    active: shownText.nullable(),
    draft: shownText.nullable(),
    draftBy: z.object({ name: z.string(), at: time }).nullable().describe('who saved the draft'),
    activationRefused: z.string().nullable().describe('why you may not activate the draft; null if you may'),
    activatedAt: time.nullable(),
    lastRun: z
      .object({
        at: time,
        rows: z.int().nullable().describe('that the query returned'),
        unreadable: z.int().optional().describe(UNREADABLE),
        seconds: z.number().nullable(),
        workflow: z.string().nullable(),
        error: errorReport.nullable(),
      })
      .nullable()
      .describe('also null if your access does not include that run'),
    orchestrations: z.array(ref),
    hiddenOrchestrations: z
      .int()
      .describe('number of further ones whose destinations your access does not include'),
  },
  said: {
    active: queryText
      .nullable()
      .default(null)
      .describe('the text that runs; applying the document activates it'),
    draft: queryText.nullable().optional().describe('kept if omitted, discarded if null'),
  },
})

export type QueryText = Output<typeof queryText>
export type Thresholds = Output<typeof thresholds>
export type Query = Output<typeof queryObject.answer>
