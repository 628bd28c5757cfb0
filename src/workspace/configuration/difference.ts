import { createHash } from 'node:crypto'
import type { FieldChange } from './change.ts'

/** How two objects differ. It loads no schemas, since the command line shows differences with it. */

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
