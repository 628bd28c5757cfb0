import * as fc from 'fast-check'
import { nastyKeys, nastyNumbers, nastyTexts } from './nasty.ts'
import { anyCharacter } from '../support/any-character.ts'

/** Requests from the JSON schemas of an OpenAPI document: mostly right, with something nasty in some place. */

export interface Schema {
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly minimum?: number
  readonly maximum?: number
  readonly maxLength?: number
  readonly maxItems?: number
}

const nasty: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...nastyTexts) },
  { weight: 3, arbitrary: fc.constantFrom(...nastyNumbers) },
  {
    weight: 2,
    arbitrary: fc.constantFrom<unknown>(null, true, false, [], {}, [null], [[]], { a: { b: {} } }),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<unknown>(
      Array(10_000).fill('a'),
      Array.from({ length: 10_000 }, () => ({})),
      nested(500),
    ),
  },
  { weight: 2, arbitrary: fc.string({ unit: anyCharacter, maxLength: 40 }) },
  {
    weight: 1,
    arbitrary: fc.dictionary(fc.constantFrom(...nastyKeys), fc.constantFrom<unknown>(null, 1, 'a', {})),
  },
)

function nested(depth: number): unknown {
  let value: unknown = 'deep'
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { value }
  return value
}

/** What is known to fit a field of this name, so that what lies behind the schemas is reached. */
export type Known = Readonly<Record<string, fc.Arbitrary<unknown>>>

/** A value of the schema. */
export function fitting(schema: Schema, known: Known, name = ''): fc.Arbitrary<unknown> {
  const own = known[name]
  if (own !== undefined) return own
  const choices = schema.anyOf ?? schema.oneOf
  if (choices !== undefined) return fc.oneof(...choices.map((choice) => fitting(choice, known, name)))
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  const type = typeof schema.type === 'string' ? schema.type : schema.type?.[0]
  if (type === 'object') return fittingObject(schema, known)
  if (type === 'array') {
    const maxLength = Math.min(schema.maxItems ?? 3, 3)
    return fc.array(fitting(schema.items ?? {}, known), { maxLength })
  }
  if (type === 'string') return fc.string({ maxLength: Math.min(schema.maxLength ?? 20, 20) })
  if (type === 'boolean') return fc.boolean()
  if (type === 'null') return fc.constant(null)
  if (type === 'integer' || type === 'number') return fittingNumber(schema)
  return fc.constantFrom<unknown>({}, null, 'anything')
}

function fittingNumber({ minimum = -10, maximum = minimum + 1_000 }: Schema): fc.Arbitrary<number> {
  const [min, max] = [Math.ceil(Math.max(minimum, -(2 ** 31))), Math.floor(Math.min(maximum, 2 ** 31 - 1))]
  return fc.oneof(fc.integer({ min, max }), fc.constantFrom(minimum, maximum))
}

function fittingObject({ properties = {}, required = [] }: Schema, known: Known): fc.Arbitrary<object> {
  const fields = Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, fitting(schema, known, name)]),
  )
  return fc.record(fields, { requiredKeys: [...required], noNullPrototype: true })
}

/** A value that fits, or nearly: half of them have something nasty in one place. */
export function spoiled(schema: Schema, known: Known): fc.Arbitrary<unknown> {
  const twist = fc.constantFrom('none', 'none', 'none', 'replace', 'replace', 'drop', 'add', 'nothing else')
  return fc
    .record({
      value: fitting(schema, known),
      twist,
      place: fc.nat(),
      evil: nasty,
      key: fc.constantFrom(...nastyKeys),
    })
    .map(({ value, twist: how, place, evil, key }) => {
      if (how === 'none') return value
      if (how === 'nothing else') return evil
      if (how === 'add' && isRecord(value)) return withKey(value, key, evil)
      return replaced(value, place, how === 'drop' ? DROPPED : evil)
    })
}

const DROPPED = Symbol('dropped')

/** Replaces one value somewhere in it, however deep. */
function replaced(value: unknown, place: number, by: unknown): unknown {
  const names = isRecord(value) ? Object.keys(value) : []
  const name = names[place % Math.max(1, names.length)]
  if (name === undefined || !isRecord(value)) return by === DROPPED ? null : by
  const inner = value[name]
  if (isRecord(inner) && place % 3 !== 0)
    return withKey(value, name, replaced(inner, Math.floor(place / names.length), by))
  if (by !== DROPPED) return withKey(value, name, by)
  const { [name]: _, ...rest } = value
  return rest
}

/** Not what stands for something else, which is of a class. */
function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** With `__proto__` as a field of its own, as JSON has it. */
function withKey(value: Record<string, unknown>, key: string, added: unknown): object {
  return Object.fromEntries([...Object.entries(value), [key, added]])
}
