import { z } from 'zod'
import { component } from '../../objects/components.ts'
import { kinds } from '../../objects/kinds.ts'
import type { Output } from '../../objects/object-kind.ts'

/** What applying a document does, object by object. No value of a secret is in it. */

const fieldChange = z.object({
  name: z.string().describe('a dot leads into an object: `active.sql`'),
  from: z.unknown(),
  to: z.unknown().describe('for a secret: `given` for the first time, or `changed`'),
})

const objectName = z.object({ kind: z.enum(kinds), name: z.string() })

export const objectChange = component(
  'ObjectChange',
  objectName.extend({
    action: z.enum(['create', 'change', 'delete', 'same']),
    fields: z.array(fieldChange),
    notChecked: z
      .string()
      .exactOptional()
      .describe('why the source could not check the text of an applied query'),
    warnings: z.array(z.string()).exactOptional().describe('warnings about the text of an applied query'),
  }),
)

/** The digest stands for what is shown here and for the state that it was compared with. */
export const difference = z.object({
  digest: z.string().max(100).describe('digest of the plan that you saw'),
  changes: z.array(objectChange),
  left: z.array(objectName).describe('objects that stay although the document does not have them'),
  kept: z
    .array(z.string())
    .describe('credentials that keep their secrets although the document gives new ones'),
})

export type FieldChange = Output<typeof fieldChange>
export type ObjectName = Output<typeof objectName>
export type ObjectChange = Output<typeof objectChange>
export type Difference = Output<typeof difference>
