import { createHash } from 'node:crypto'
import type { Kind } from '../../objects/kinds.ts'

/** What applying a document does, object by object. No value of a secret is in it. */

export interface FieldChange {
  /** A dot leads into an object: `active.sql`. */
  readonly name: string
  readonly from: unknown
  /** Of a secret: `given` for the first time, or `changed`. */
  readonly to: unknown
}

export interface ObjectChange {
  readonly kind: Kind
  readonly name: string
  readonly action: 'create' | 'change' | 'delete' | 'same'
  readonly fields: readonly FieldChange[]
  /** Of a query that was applied: why its source could not say whether its text works, in a sentence. */
  readonly notChecked?: string
  /** Of a query that was applied: what a person is to know of it, in sentences. */
  readonly warnings?: readonly string[]
}

export interface ObjectName {
  readonly kind: Kind
  readonly name: string
}

export interface Difference {
  /** Stands for what is shown here and for the state that it was compared with. */
  readonly digest: string
  readonly changes: readonly ObjectChange[]
  /** What is not in the document and stays, since nothing is deleted without `prune`. */
  readonly left: readonly ObjectName[]
  /** Credentials that keep the secrets they have, although the document gives some: they were made elsewhere. */
  readonly kept: readonly string[]
}

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
