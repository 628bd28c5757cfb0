import { z } from 'zod'
import { name, time } from './fields.ts'
import { objectKind } from './object-kind.ts'
import type { Output } from './object-kind.ts'

/** Alerts: which events are sent to whom, by e-mail or webhook. */

const emailTarget = z.strictObject({
  to: z.array(z.string().max(400)).max(100).describe('e-mail addresses that receive it'),
})
const webhookTarget = z.strictObject({
  url: z.string().max(4_000).describe('address of the webhook that receives it'),
})

export const alertObject = objectKind({
  name: 'alert',
  section: null,
  fields: {
    name,
    events: z.array(z.string().max(60)).max(100).describe('names of alert events'),
    target: z.union([
      emailTarget,
      webhookTarget.extend({
        secret: z
          .string()
          .max(400)
          .exactOptional()
          .describe('signs webhooks; write-only, created if omitted'),
      }),
    ]),
    slowerThanMs: z
      .int()
      .nullable()
      .describe('for slower_than: alert when a run takes longer than this')
      .default(null),
    enabled: z.boolean().describe('whether it is sent; on by default').default(true),
  },
  edited: {
    takeOver: z
      .boolean()
      .optional()
      .describe(
        'become its owner: the alert then covers what you may see, not what the previous owner may see',
      ),
  },
  shown: {
    channel: z.enum(['email', 'webhook']),
    target: z
      .union([emailTarget, webhookTarget])
      .describe(
        'without the right to edit, a URL is cut after its host, as https://example.com/•••; without the right to view PII, addresses are masked unless you own the alert',
      ),
    ready: z.boolean().describe('false if it goes by e-mail and no mail server is set up'),
    lastSentAt: time.nullable().describe('also null if the alert covers more than you may see'),
    lastProblem: z
      .string()
      .nullable()
      .describe('why the last delivery failed; also null if the alert covers more than you may see'),
    editRefused: z.string().nullable().describe('why you may not edit or delete it'),
    owner: z
      .object({ name: z.string(), isYou: z.boolean() })
      .nullable()
      .describe('the alert covers what its owner may see; null if unknown'),
  },
})

export type EmailTarget = Output<typeof emailTarget>
export type WebhookTarget = Output<typeof webhookTarget>
export type AlertInput = Output<typeof alertObject.input>
export type AlertEdit = Output<typeof alertObject.edit>
export type AlertAnswer = Output<typeof alertObject.answer>

/** Whose alert it is: a person, a key, or the command line. */
export interface AlertOwner {
  readonly kind: 'user' | 'api_key' | 'local'
  readonly id: string
  readonly name: string
}
