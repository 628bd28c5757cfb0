import * as fc from 'fast-check'

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

export const nastyTexts: readonly string[] = [
  '',
  ' ',
  '\n',
  '\0',
  'a\0b',
  '\u0007\u001b[31mred\u001b[0m',
  '\u0085\u2028\u2029',
  '\ud800',
  'half \udfff',
  '\u202egpj.exe',
  '\ufeffbom',
  'e\u0301\u0327',
  'İI\u0131ß',
  '🙂'.repeat(300),
  'x'.repeat(5_000),
  "'; drop table credential; --",
  '" or ""="',
  String.raw`\x00\u0000%_\\`,
  '../../../../etc/passwd',
  '/etc/passwd\0.csv',
  '%00%2e%2e%2f%ff',
  '${7*7}{{7*7}}<script>alert(1)</script>',
  '=cmd|calc',
  '__proto__',
  'constructor',
  'toString',
  'null',
  'NaN',
  '-0',
  '1e308',
  '2147483648',
  '9007199254740993',
  'cr_0',
  'wf_0mb3k2x9a7c1d5e8f2',
]

const nastyNumbers: readonly number[] = [
  0,
  -0,
  -1,
  0.5,
  1e-300,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 53,
  2 ** 53 + 2,
  1e308,
  -1e308,
]

const nastyKeys = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '',
  'nmae',
  'versoin',
  'x'.repeat(300),
  '\0',
  '\ud800',
]

const nasty: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...nastyTexts) },
  { weight: 3, arbitrary: fc.constantFrom(...nastyNumbers) },
  {
    weight: 2,
    arbitrary: fc.constantFrom<unknown>(null, true, false, [], {}, [null], [[]], { a: { b: {} } }),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<unknown>(Array(10_000).fill('a'), Array(10_000).fill({}), nested(500)),
  },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
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

/** Bodies that no schema describes. */
export const rawBodies: readonly (string | Uint8Array<ArrayBuffer>)[] = [
  '{',
  '{"name":',
  '[1,2',
  'null',
  '"text"',
  '0',
  '-0',
  '1e999',
  'NaN',
  '{"a":1}{"b":2}',
  "{'name':'single'}",
  '{"name":"a","name":"b","version":1,"version":2}',
  '{"__proto__":{"policies":["datagrid_administrator"]}}',
  '{"constructor":{"prototype":{"admin":true}}}',
  '\ufeff{}',
  '[]'.repeat(10),
  `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
  `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`,
  `{"name":"${'x'.repeat(900_000)}"}`,
  `{${Array.from({ length: 20_000 }, (_, index) => `"k${index}":1`).join(',')}}`,
  `{"version":1${'0'.repeat(5_000)}}`,
  '{"name":"\ud800"}',
  String.raw`{"name":"\ud800","version":1}`,
  String.raw`{"\ud800":1}`,
  Uint8Array.of(0xff, 0xfe, 0x7b, 0x7d),
  Uint8Array.of(0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d),
  new Uint8Array(2 ** 20 + 1).fill(0x20),
]

export const oddHeaders: readonly Readonly<Record<string, string>>[] = [
  { 'idempotency-key': 'one and the same' },
  { 'idempotency-key': 'same-key' },
  { 'idempotency-key': 'x'.repeat(201) },
  { 'idempotency-key': '\u00e9\u00ff' },
  { 'x-request-id': 'a-known-request' },
  { 'x-request-id': '<script>\t"' },
  { 'x-request-id': 'x'.repeat(5_000) },
  { cookie: 'rollcall_session=%ff%00; a=b; =; rollcall_session="' },
  { cookie: `rollcall_session=${'x'.repeat(5_000)}` },
  { 'content-type': 'text/plain' },
  { 'content-type': 'application/json; charset=utf-16' },
  { 'content-type': 'application/x-www-form-urlencoded' },
  { 'content-type': 'multipart/form-data; boundary=x' },
  { 'content-type': ';;;' },
  { accept: 'application/xml' },
  { 'accept-encoding': 'br;q=1, *;q=0' },
  { 'x-http-method-override': 'DELETE' },
  { 'x-forwarded-for': '127.0.0.1', 'x-forwarded-host': 'evil.example.com' },
  { origin: 'null', 'sec-fetch-site': 'cross-site' },
  { 'user-agent': '\u0001\u0002'.repeat(0) + 'x'.repeat(4_000) },
  { range: 'bytes=0-0' },
  { 'if-none-match': '*' },
  { host: 'evil.example.com' },
]

export const oddAuthorizations: readonly string[] = [
  'Bearer',
  'Bearer ',
  'bearer rck_x',
  'Basic YWRtaW46YWRtaW4=',
  `Bearer ${'x'.repeat(10_000)}`,
  'Bearer rck_0000000000000000000_\u00ff',
  "Bearer rck_' or 1=1",
]
