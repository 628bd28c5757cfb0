import { z } from 'zod'
import { limitDefinitions } from '../base/limits.ts'
import type { LimitName } from '../base/limits.ts'
import { limitsSchema, name, ref, shortText, time } from './fields.ts'
import { objectKind } from './object-kind.ts'
import type { Output } from './object-kind.ts'

/**
 * Orchestrations: an active query and a destination with what is kept in step there, such as a customer list; by hand or by schedule. The
 * options of each kind of destination, and which limits may be set, come from `src/destinations/`, which adds them to these schemas.
 */

const limits = limitsSchema(Object.keys(limitDefinitions) as LimitName[])

export const cron = z.string().max(200).describe('when it runs, as five fields, such as 30 2 * * *')
export const timeZone = z.string().max(100).describe('time zone of the schedule, such as Europe/Berlin')
export const listName = shortText
  .nullable()
  .describe('name of the customer list; omit it for a destination without lists')
  .default(null)

/** When an orchestration runs. */
export const schedule = z.object({
  cron: z.string(),
  timeZone: z.string(),
  words: z.string().describe('such as "Every day at 02:30 UTC"'),
  nextRuns: z.array(time),
})

export const orchestrationObject = objectKind({
  name: 'orchestration',
  section: 'orchestrations',
  fields: {
    name,
    query: { refersTo: 'query' },
    destination: { refersTo: 'destination' },
    listName,
    automatic: z.boolean().describe('runs on its schedule while it is enabled').default(false),
    enabled: z.boolean().describe('whether it may run; on by default').default(true),
    cron: cron.nullable().default(null),
    timeZone: timeZone.default('UTC'),
    limits: limits.default({}),
  },
  hidden: ['listName', 'cron', 'timeZone'],
  shown: {
    destination: z.object({
      id: z.string(),
      name: z.string(),
      kind: z.string(),
      adAccountId: z.string().nullable().describe('the ad account of its customer list'),
    }),
    list: z
      .object({
        name: z.string(),
        id: z.string().nullable().describe('ID at Pinterest, once the list exists'),
        members: z.int(),
      })
      .nullable()
      .describe('null for a destination without lists'),
    listId: z.string().nullable().describe('the list in `/lists`'),
    target: ref.nullable().describe('what it writes to, such as a customer list; null for nothing by a name'),
    schedule: schedule.nullable(),
    nextRunAt: time.nullable().describe('null if it only runs by hand'),
    lastWorkflow: z
      .object({
        id: z.string(),
        state: z.string(),
        startedAt: time,
        nextTryAt: time.nullable(),
        warnings: z.int().describe('warnings that are not accepted yet'),
      })
      .nullable(),
  },
})

export type Orchestration = Output<typeof orchestrationObject.answer>

/** What an orchestration shows in addition to its own fields: in `destination`, and beside it. */
export interface ShownTarget {
  readonly destination: Pick<Orchestration['destination'], 'adAccountId'>
  readonly shown: Pick<Orchestration, 'list' | 'listId'>
}

/** For a destination that keeps no list. */
export const noList: ShownTarget = { destination: { adAccountId: null }, shown: { list: null, listId: null } }

export type Schedule = Output<typeof schedule>
