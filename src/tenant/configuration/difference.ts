import { createHash } from 'node:crypto'
import { z } from 'zod'
import { component } from '../../objects/components.ts'
import { kinds } from '../../objects/kinds.ts'
import type { Output } from '../../objects/object-kind.ts'

/** What applying a document does, object by object. No value of a secret is in it. */

const fieldChange = z.object({
  name: z.string().describe('a dot leads into an object: `active.sql`'),
  from: z.unknown(),
  to: z.unknown().describe('of a secret: `given` for the first time, or `changed`'),
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
      .describe('why the source could not say whether the text of an applied query works'),
    warnings: z.array(z.string()).exactOptional().describe('what to know of the text of an applied query'),
  }),
)

/** The digest stands for what is shown here and for the state that it was compared with. */
export const difference = z.object({
  digest: z.string().max(100).describe('digest of the plan that was shown'),
  changes: z.array(objectChange),
  left: z.array(objectName).describe('objects missing from the document, which stay'),
  kept: z.array(z.string()).describe('credentials that keep their secrets although the document gives some'),
})

export type FieldChange = Output<typeof fieldChange>
export type ObjectName = Output<typeof objectName>
export type ObjectChange = Output<typeof objectChange>
export type Difference = Output<typeof difference>

/** The fields that differ. What one side does not have counts as null. */
export function fieldChanges(from: object, to: object): FieldChange[] {
  const [before, after] = [flat(from), flat(to)]
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((name) => ({ name, from: before.get(name) ?? null, to: after.get(name) ?? null }))
    .filter((field) => canonical(field.from) !== canonical(field.to))
}

export function secretChange(name: string, isNew: boolean): FieldChange {
  return { name, from: null, to: isNew ? 'given' : 'changed' }
}

export function isOfSecret({ from, to }: FieldChange): boolean {
  return from === null && (to === 'given' || to === 'changed')
}

/** Fields with those of inner objects among them; the name is what the object is known by. */
function flat(item: object): Map<string, unknown> {
  const fields = Object.entries(item).flatMap(([name, value]: [string, unknown]) =>
    isRecord(value)
      ? Object.entries(value).map(([inner, part]): [string, unknown] => [`${name}.${inner}`, part])
      : ([[name, value]] as [string, unknown][]),
  )
  return new Map(fields.filter(([name]) => name !== 'name'))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Equal values give the same text, however their fields are ordered. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    isRecord(part) ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1))) : part,
  )
}

export function digestOf(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('base64url')
}
