import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { createValueReader, fieldsOf, flagOf, optionsOf } from '../../src/cli/fields.ts'
import type { Field } from '../../src/cli/fields.ts'
import { makeFolder } from '../support/folder.ts'
import { writeFile } from 'node:fs/promises'

const schema = z.strictObject({
  name: z.string(),
  appSecret: z.string().describe('write-only'),
  note: z.string().nullable().default(null),
  kinds: z.array(z.enum(['a', 'b'])).optional(),
  size: z.int().default(5),
  isOn: z.boolean().optional(),
  draft: z.strictObject({ sql: z.string(), column: z.string().default('email') }).optional(),
  target: z.union([z.strictObject({ to: z.array(z.string()) }), z.strictObject({ url: z.string() })]),
  rows: z.array(z.object({ id: z.string() })).optional(),
})

const fields = fieldsOf(schema)

function field(flag: string): Field {
  const found = fields.find((one) => flagOf(one) === flag)
  if (found === undefined) throw new Error(`no field ${flag}`)
  return found
}

/** The options of a field as its help shows them, with those that are hidden. */
function optionTexts(flag: string, isEdit = false): string[] {
  return optionsOf(field(flag), isEdit).map(({ flags, description }) => `${flags}  ${description}`.trim())
}

test('every field of a request is an option, objects flattened one level', () => {
  expect(fields.map((one) => `${flagOf(one)} ${one.type}`)).toEqual([
    'name text',
    'app-secret text',
    'note text',
    'kinds texts',
    'size number',
    'is-on boolean',
    'draft-sql text',
    'draft-column text',
    'target-to texts',
    'target-url text',
    'rows json',
  ])
})

test('an option says what it takes, and what may be left out or emptied', () => {
  expect(optionTexts('name')).toEqual(['--name <text>  name; required'])
  expect(optionTexts('app-secret')).toEqual([
    expect.stringMatching(/^--app-secret <text> {2}write-only; required; as @FILE or - /) as string,
  ])
  expect(optionTexts('note')).toEqual(['--note <text>  note; --no-note for none', '--no-note'])
  expect(optionTexts('kinds')).toEqual(['--kinds [text...]  kinds: any of a, b'])
  expect(optionTexts('size')).toEqual(['--size <number>  size; 5 by default'])
  expect(optionTexts('is-on')).toEqual(['--is-on  is on; or --no-is-on', '--no-is-on'])
  expect(optionTexts('draft-sql', true)).toEqual(['--draft-sql <text>  draft sql'])
  expect(optionTexts('draft-column')).toEqual(['--draft-column <text>  draft column; email by default'])
  expect(optionTexts('draft-column', true)).toEqual([
    '--draft-column <text>  draft column; --no-draft-column for none',
    '--no-draft-column',
  ])
})

test('of several shapes, a field says to which it belongs', () => {
  const shapes = z.discriminatedUnion('kind', [
    // A constant of one shape alone tells none of them apart.
    z.strictObject({ kind: z.literal('files'), folder: z.string(), order: z.literal('by name') }),
    z.strictObject({ kind: z.literal('postgres'), url: z.string() }),
  ])
  const told = fieldsOf(shapes).map((one) => optionsOf(one, false)[0]?.description)
  expect(told).toEqual([
    'kind: one of files, postgres; required',
    'folder; only for files',
    'order; only for files: one of by name',
    'url; only for postgres',
  ])
})

const folder = {} as Awaited<ReturnType<typeof makeFolder>>

beforeAll(async () => {
  Object.assign(folder, await makeFolder('fields'))
  await writeFile(`${folder.dir}/text`, 'one\ntwo\r\n')
  await writeFile(`${folder.dir}/bytes`, Buffer.from([0xff, 0xfe]))
})

afterAll(() => folder.remove())

const reads: readonly (readonly [flag: string, typed: string | string[] | boolean, value: unknown])[] = [
  ['name', 'Ann', 'Ann'],
  ['name', '', ''],
  ['name', '@@home', '@home'],
  ['name', '-', 'from stdin'],
  ['note', false, null],
  ['size', '12', 12],
  ['size', '-1.5', -1.5],
  ['size', '0x10', '0x10'],
  ['size', '', ''],
  ['size', 'many', 'many'],
  ['is-on', false, false],
  ['kinds', ['a', '@@b'], ['a', '@b']],
  ['kinds', true, []],
  ['draft-column', false, null],
  ['rows', '[{"id":"1"}]', [{ id: '1' }]],
]

test.each(reads)('--%s %j is read as %j', async (flag, typed, value) => {
  const reader = createValueReader(Readable.from(['from stdin\n']))
  expect(await reader.read(field(flag), typed)).toEqual(value)
})

test('a file is read without its last line end', async () => {
  expect(await createValueReader().read(field('name'), `@${folder.dir}/text`)).toBe('one\ntwo')
})

test.each([
  ['@/nowhere', 'The file /nowhere cannot be read: it does not exist.'],
  ['@/', 'The file / cannot be read: it is a folder.'],
  ['@bytes', 'bytes is not UTF-8.'],
])('%s is refused with its reason', async (typed, message) => {
  const given = typed.replace('@bytes', `@${folder.dir}/bytes`)
  await expect(createValueReader().read(field('name'), given)).rejects.toMatchObject({
    code: 'wrong_usage',
    message: expect.stringContaining(message) as string,
  })
})

test('standard input is read once', async () => {
  const reader = createValueReader(Readable.from(['x']))
  await reader.read(field('name'), '-')
  await expect(reader.read(field('app-secret'), '-')).rejects.toThrow('Only one option')
})
