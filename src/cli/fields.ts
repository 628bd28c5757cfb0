import { readFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { Option } from '@commander-js/extra-typings'
import { z } from 'zod'
import { RollcallError } from '../base/rollcall-error.ts'
import { words } from '../base/words.ts'

/**
 * The fields of a request as options of a command, made from the schema that checks the request. Whether a value is right is said
 * by the API alone, so that it is said in the same words everywhere.
 */
export interface Field {
  /** Where it stands in the request: a name, or two of them for a field of an object. */
  readonly path: readonly [string] | readonly [string, string]
  readonly type: 'text' | 'texts' | 'number' | 'boolean' | 'json'
  readonly about: string
  readonly choices: readonly string[]
  /** What it is when it is not given, if that is worth telling. */
  readonly standard: string | null
  readonly isRequired: boolean
  readonly isSecret: boolean
  readonly isNullable: boolean
  /** It may be taken out of its object. */
  readonly isRemovable: boolean
  /** Its object takes one of several shapes, so what is given replaces all of it. */
  readonly isOfUnion: boolean
}

/** The parts of JSON Schema that our requests use. */
interface Schema {
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly enum?: readonly (string | number | boolean)[]
  readonly const?: string | number | boolean
  readonly items?: Schema
  readonly description?: string
  readonly default?: unknown
}

/** The fields of a request's body or query, nested objects flattened one level. */
export function fieldsOf(schema: z.ZodType | undefined): Field[] {
  if (schema === undefined) return []
  return objectFields(shapesOf(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Schema))
}

function shapesOf(schema: Schema): readonly Schema[] {
  const { type, anyOf, oneOf } = schema
  if (typeof type === 'object') return type.map((one) => Object.assign({}, schema, { type: one }))
  return (anyOf ?? oneOf)?.flatMap(shapesOf) ?? [schema]
}

function objectFields(shapes: readonly Schema[]): Field[] {
  return namesOf(shapes).flatMap((name) => {
    const found = named(shapes, name)
    const objects = found.flatMap(shapesOf).filter(({ properties }) => properties !== undefined)
    if (objects.length > 0) return innerFields(name, objects, isRequiredIn(shapes, name))
    const only = found.length < shapes.length ? onlyFor(name, shapes) : []
    return [
      fieldOf([name], found, {
        about: [aboutOf(name, found), ...only].join('; '),
        isRequired: isRequiredIn(shapes, name),
        isRemovable: false,
        isOfUnion: false,
      }),
    ]
  })
}

function innerFields(name: string, objects: readonly Schema[], isNeeded: boolean): Field[] {
  const isOfUnion = objects.length > 1
  return namesOf(objects).map((inner) => {
    const found = named(objects, inner)
    const isRequired = isRequiredIn(objects, inner)
    return fieldOf([name, inner], found, {
      about: aboutOf(`${name} ${inner}`, found),
      isRequired: isRequired && isNeeded,
      isRemovable: !isRequired && !isOfUnion,
      isOfUnion,
    })
  })
}

function namesOf(shapes: readonly Schema[]): string[] {
  return [...new Set(shapes.flatMap(({ properties = {} }) => Object.keys(properties)))]
}

function named(shapes: readonly Schema[], name: string): Schema[] {
  return shapes.flatMap(({ properties = {} }) => properties[name] ?? [])
}

function isRequiredIn(shapes: readonly Schema[], name: string): boolean {
  return shapes.every(({ required = [] }) => required.includes(name))
}

function fieldOf(
  path: Field['path'],
  found: readonly Schema[],
  told: Pick<Field, 'about' | 'isRequired' | 'isRemovable' | 'isOfUnion'>,
): Field {
  const shapes = found.flatMap(shapesOf)
  const values = shapes.filter(({ type }) => type !== 'null')
  const [first = {}] = values
  return {
    ...told,
    path,
    type: typeOf(first),
    choices: values.flatMap(choicesOf),
    standard: standardOf(found),
    isSecret: told.about.includes('write-only') || /password|secret|token/i.test(path.at(-1) ?? ''),
    isNullable: shapes.length > values.length,
  }
}

function typeOf({ type, items, enum: choices }: Schema): Field['type'] {
  if (type === 'boolean' || choices?.join() === 'true,false') return 'boolean'
  if (type === 'integer' || type === 'number') return 'number'
  if (type === 'array') return items?.type === 'string' ? 'texts' : 'json'
  return type === 'object' ? 'json' : 'text'
}

function choicesOf({ type, items, const: only, enum: choices = [] }: Schema): string[] {
  if (type === 'array' && items !== undefined) return choicesOf(items)
  return (only === undefined ? choices : [only]).map(String)
}

/** What it means, or its name in words. */
function aboutOf(name: string, found: readonly Schema[]): string {
  const shapes = [...found, ...found.flatMap(shapesOf)]
  return shapes.find(({ description }) => description !== undefined)?.description ?? words(name)
}

function standardOf(found: readonly Schema[]): string | null {
  const standard = found.find((shape) => shape.default !== undefined)?.default
  const isTelling = typeof standard === 'number' || (typeof standard === 'string' && standard !== '')
  return isTelling ? String(standard) : null
}

/** Of a field that only some of the shapes have: those by which they are told apart. */
function onlyFor(name: string, shapes: readonly Schema[]): string[] {
  const having = shapes.filter(({ properties = {} }) => properties[name] !== undefined)
  // A constant that not all have tells nothing apart.
  const isMark = (key: string): boolean =>
    shapes.every(({ properties = {} }) => properties[key]?.const !== undefined)
  const marks = having.flatMap(({ properties = {} }) =>
    Object.entries(properties).flatMap(([key, { const: mark }]) => (isMark(key) ? [String(mark)] : [])),
  )
  return marks.length === 0 ? [] : [`only for ${marks.join(', ')}`]
}

/** The option's name without its dashes: "ad-account-id", "draft-email-column". */
export function flagOf({ path }: Pick<Field, 'path'>): string {
  return path.map((name) => name.replaceAll(/([A-Z])/g, '-$1').toLowerCase()).join('-')
}

/**
 * The options of a field. What may be set to nothing has a `--no-` option for that; `isEdit` says that what is not given stays as
 * it is.
 */
export function optionsOf(field: Field, isEdit: boolean): Option[] {
  const { type, isRequired, isSecret, isNullable, isRemovable, standard } = field
  const flag = flagOf(field)
  const hasOpposite = type === 'boolean' || isNullable || (isEdit && isRemovable)
  const told = [
    field.choices.length === 0 || type === 'boolean' ? field.about : withChoices(field),
    ...(isRequired ? ['required'] : []),
    ...(standard === null || type === 'boolean' || isEdit ? [] : [`${standard} by default`]),
    ...(isSecret ? ['as @FILE or - (standard input), to keep it off the command line'] : []),
    ...(hasOpposite ? [type === 'boolean' ? `or --no-${flag}` : `--no-${flag} for none`] : []),
  ]
  const option = new Option(`--${flag}${placeholders[type]}`, told.join('; '))
  return hasOpposite ? [option, new Option(`--no-${flag}`).hideHelp()] : [option]
}

function withChoices({ about, choices, type }: Field): string {
  return `${about}: ${type === 'texts' ? 'any' : 'one'} of ${choices.join(', ')}`
}

const placeholders: Readonly<Record<Field['type'], string>> = {
  text: ' <text>',
  texts: ' [text...]',
  number: ' <number>',
  boolean: '',
  json: ' <json>',
}

/** What the parser makes of an option. */
type Typed = string | readonly string[] | boolean

/** What an option was given, from the parsed options of its command; undefined when it was not. */
export function givenTo(field: Field, options: Readonly<Record<string, unknown>>): Typed | undefined {
  return options[new Option(`--${flagOf(field)}`).attributeName()] as Typed | undefined
}

/** Values of options as the request has them. One reader serves one command, since standard input can be read once. */
export interface ValueReader {
  /** Errors: `wrong_usage` for a file that cannot be read. */
  readonly read: (field: Field, typed: Typed) => Promise<unknown>
}

export function createValueReader(stdin: NodeJS.ReadableStream = process.stdin): ValueReader {
  let isStdinRead = false
  const text = async (given: string): Promise<string> => {
    if (given === '-') {
      if (isStdinRead) throw wrongUsage('Only one option can be read from standard input.')
      isStdinRead = true
      return decoded(await buffer(stdin), 'Standard input')
    }
    if (!given.startsWith('@')) return given
    return given.startsWith('@@') ? given.slice(1) : fileText(given.slice(1))
  }
  return {
    read: async (field, typed) => {
      // With `--no-…` the parser gives false.
      if (field.type === 'boolean') return typed
      if (typed === false) return null
      if (field.type === 'texts') return typeof typed === 'object' ? Promise.all(typed.map(text)) : []
      const value = await text(String(typed))
      if (field.type === 'number' && /^-?\d+(?:\.\d+)?$/.test(value)) return Number(value)
      return field.type === 'json' ? jsonOf(value, flagOf(field)) : value
    },
  }
}

async function fileText(path: string): Promise<string> {
  try {
    return decoded(await readFile(path), path)
  } catch (error) {
    if (error instanceof RollcallError) throw error
    const { code } = error as NodeJS.ErrnoException
    const reason = fileReasons[code ?? ''] ?? String(code)
    throw wrongUsage(`The file ${path} cannot be read: ${reason}. To begin a text with @, write @@.`)
  }
}

const fileReasons: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  EACCES: 'this user may not read it',
  EISDIR: 'it is a folder',
}

/** Without the line end that editors and `echo` put last. */
function decoded(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/\r?\n$/, '')
  } catch {
    throw wrongUsage(`${name} is not UTF-8.`)
  }
}

function jsonOf(text: string, flag: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw wrongUsage(`--${flag} is not valid JSON.`)
  }
}

function wrongUsage(detail: string): RollcallError {
  return new RollcallError('wrong_usage', { detail })
}
