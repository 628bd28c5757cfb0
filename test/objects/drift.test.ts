import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { apiKeyObject, userObject } from '../../src/access/object-kinds.ts'
import { credentialObject } from '../../src/objects/credential.ts'
import { dataSourceObject } from '../../src/objects/data-source.ts'
import { destinationObject } from '../../src/objects/destination.ts'
import { objectKinds } from '../../src/objects/kinds.ts'
import { queryObject } from '../../src/objects/query.ts'

/** What requests take, what documents take and what answers hold of a field is one and the same. */

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly anyOf?: readonly Schema[]
  readonly type?: string
}

/** Of a field that may be null: what it is otherwise. */
function valueOf(schema: Schema): Schema {
  return schema.anyOf?.find(({ type }) => type !== 'null') ?? schema
}

function propertiesOf(schema: z.ZodType, io: 'input' | 'output'): Readonly<Record<string, Schema>> {
  return (z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Schema).properties ?? {}
}

/** What is left of a schema without words, defaults, and what follows from whether a value is read or written. */
function rules(schema: Schema): unknown {
  const text = JSON.stringify(valueOf(schema), (key, value: unknown) =>
    ['description', 'default', 'required', 'additionalProperties'].includes(key) ? undefined : value,
  )
  return JSON.parse(text) as unknown
}

const all = { ...objectKinds, api_key: apiKeyObject, user: userObject }

describe.each(Object.entries(all))('%s', (_, kind) => {
  test.each([
    ['edits', kind.edit, 'input'],
    ['documents', kind.document, 'input'],
    ['answers', kind.answer, 'output'],
  ] as const)('%s have the fields of a new object by the same rules', (__, schema, io) => {
    const [made, other] = [propertiesOf(kind.input, 'input'), propertiesOf(schema, io)]
    const fields: Readonly<Record<string, object>> = kind.fields
    // A document may name the variable that holds a secret.
    const isSame = (name: string) =>
      // A day may be given, and an answer has its time.
      name !== 'expiresAt' && other[name] !== undefined && !('secret' in (fields[name] ?? {}))
    const both = Object.keys(made).filter(isSame)
    expect(both).toContain('name')
    for (const name of both) expect([name, rules(other[name] ?? {})]).toEqual([name, rules(made[name] ?? {})])
  })

  test('an edit changes what it names, and nothing else', () => {
    expect(kind.edit.parse({ version: 3 })).toEqual({ version: 3 })
  })
})

test.each([
  ['a query', queryObject.edit, 'dataSourceId'],
  ['a credential', credentialObject.edit, 'plugin'],
  ['a data source', dataSourceObject.edit, 'kind'],
  ['a destination', destinationObject.edit, 'kind'],
  ['a user', userObject.edit, 'password'],
])('what %s keeps for good is in no edit', (_, edit, fixed) => {
  expect(Object.keys(edit.shape)).not.toContain(fixed)
  expect(Object.keys(edit.shape)).toContain('name')
})

test('an SQL text has one limit', () => {
  const texts = [
    queryObject.input.shape.draft,
    queryObject.document.shape.active,
    queryObject.document.shape.draft,
  ]
  const limits = texts.map(
    (text) => valueOf(z.toJSONSchema(text, { io: 'input' }) as Schema).properties?.['sql'],
  )
  expect(limits).toEqual(texts.map(() => expect.objectContaining({ type: 'string', maxLength: 100_000 })))
})
