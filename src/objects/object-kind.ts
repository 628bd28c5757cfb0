import { z } from 'zod'
import { withArticle, words } from '../base/words.ts'
import { component } from './components.ts'
import { id, ref, shortText, time, version } from './fields.ts'

/**
 * Kinds of configured objects. A kind says once which fields a person sets and what else is shown of an object; what requests take, what
 * answers hold, what a configuration document says, how documents are compared and how a row is stored follow from that.
 */

/** A field that names another object: by its id in requests and rows, by its name in a document, by both in an answer. */
export interface Reference {
  readonly refersTo: string
}

/** A write-only field: no answer and no row has it. A document names the environment variable that holds it. */
export interface Secret {
  readonly secret: z.ZodType
}

/** One with a default may be left out of a new object. */
export type Field = z.ZodType | Reference | Secret
export type Fields = Readonly<Record<string, Field>>
type Shape = Readonly<Record<string, z.ZodType>>

/** What a value is, for readers: no part of it can be changed. */
export type Frozen<T> = T extends readonly (infer One)[]
  ? readonly Frozen<One>[]
  : T extends Date
    ? T
    : T extends object
      ? { readonly [Key in keyof T]: Frozen<T[Key]> }
      : T

/** What a schema gives, for readers. */
export type Output<S extends z.ZodType> = Frozen<z.output<S>>

type WithoutDefault<S> = S extends z.ZodDefault<infer Inner extends z.ZodType> ? Inner : S

/** The name of a field in requests and rows. */
export type KeyOf<Name, F> = F extends Reference ? `${Name & string}Id` : Name

type InputShape<F extends Fields> = {
  [Name in keyof F as KeyOf<Name, F[Name]>]: F[Name] extends Reference
    ? typeof id
    : F[Name] extends Secret
      ? F[Name]['secret']
      : F[Name] extends z.ZodType
        ? F[Name]
        : never
}

type EditShape<F extends Fields, Fixed, Edited extends Shape> = {
  [Name in Exclude<keyof F, Fixed> as KeyOf<Name, F[Name]>]: z.ZodOptional<
    F[Name] extends Reference
      ? typeof id
      : F[Name] extends Secret
        ? F[Name]['secret']
        : WithoutDefault<F[Name]> extends z.ZodType
          ? WithoutDefault<F[Name]>
          : never
  >
} & Edited & { version: typeof version }

type DocumentShape<F extends Fields, Own extends Shape> = {
  [Name in Exclude<keyof F, keyof Own>]: F[Name] extends Reference
    ? typeof shortText
    : F[Name] extends Secret
      ? z.ZodOptional<typeof documentSecret>
      : F[Name] extends z.ZodType
        ? F[Name]
        : never
} & Own

type AnswerShape<F extends Fields, Hidden, Own extends Shape> = { id: z.ZodString } & {
  [
    Name in Exclude<keyof F, keyof Own | Hidden> as F[Name] extends Secret ? never : Name
  ]: F[Name] extends Reference
    ? typeof ref
    : WithoutDefault<F[Name]> extends z.ZodType
      ? WithoutDefault<F[Name]>
      : never
} & Own & { version: z.ZodInt; createdAt: typeof time; updatedAt: typeof time }

/** Read by the command line only, from its own environment; it sends the value in place of the reference. */
export const documentSecret = z.union(
  [
    z.string().max(4_000),
    z
      .strictObject({
        env: z
          .string()
          .regex(/^[A-Za-z_]\w*$/)
          .max(200),
      })
      .describe('for `rollcall apply`'),
  ],
  'takes {env: NAME}, the environment variable that holds it',
)

interface Definition<
  F extends Fields,
  Fixed extends keyof F,
  Hidden extends keyof F,
  Own extends Shape,
  Said extends Shape,
  Edited extends Shape,
> {
  /** The name of its table, of its entries in the activity log, and in the names of its permissions: `data_source`. */
  readonly name: string
  /** Where a document lists such objects: `dataSources`; null for a kind that documents do not have. */
  readonly section: string | null
  /** What a person sets, in the order in which answers and documents have it. */
  readonly fields: F
  /** Fields that an object keeps from its beginning. */
  readonly fixed?: readonly Fixed[]
  /** Fields that answers do not have, since something else of `shown` says it. */
  readonly hidden?: readonly Hidden[]
  /** What answers have besides, or in place of the field of that name. */
  readonly shown: Own
  /** What a document has besides, or in place of the field of that name. */
  readonly said?: Said
  /** What an edit takes besides. */
  readonly edited?: Edited
}

/** One kind with the schemas of all that it is read and written as. */
export interface ObjectKind<
  F extends Fields = Fields,
  Fixed extends keyof F = keyof F,
  Hidden extends keyof F = keyof F,
  Own extends Shape = Shape,
  Said extends Shape = Shape,
  Edited extends Shape = Shape,
> {
  readonly fields: F
  /** The body that makes one. */
  readonly input: z.ZodObject<InputShape<F>, z.core.$strict>
  /** The body that edits one: what is left out stays. */
  readonly edit: z.ZodObject<EditShape<F, Fixed, Edited>, z.core.$strict>
  /** As a configuration document says it. */
  readonly document: z.ZodObject<DocumentShape<F, Said>, z.core.$strict>
  /** As answers show it. */
  readonly answer: z.ZodObject<AnswerShape<F, Hidden, Own>>
}

/** What a document says of an object of this kind, complete and without secrets: what two configurations are compared by. */
export type ItemOf<K extends Pick<ObjectKind, 'fields' | 'document'>> = {
  readonly [
    Name in keyof z.output<K['document']> as K['fields'][Name & string] extends Secret ? never : Name
  ]-?: Frozen<Exclude<z.output<K['document']>[Name], undefined>>
}

type SecretName<F extends Fields> = keyof { [Name in keyof F as F[Name] extends Secret ? Name : never]: true }

/** The values of an object's write-only fields. */
export type SecretsOf<K extends Pick<ObjectKind, 'fields'>> = {
  readonly [Name in SecretName<K['fields']>]: string
}

/** The names of the write-only fields of a kind. */
export function secretsOf<F extends Fields>({ fields }: { readonly fields: F }): SecretName<F>[] {
  return Object.entries(fields).flatMap(([name, field]) => ('secret' in field ? [name as SecretName<F>] : []))
}

/** A kind from its definition. */
export function objectKind<
  const Name extends string,
  const Section extends string | null,
  const F extends Fields,
  const Fixed extends keyof F = never,
  const Hidden extends keyof F = never,
  const Own extends Shape = Shape,
  // oxlint-disable-next-line typescript/no-empty-object-type -- nothing besides, which is no record of anything
  const Said extends Shape = {},
  // oxlint-disable-next-line typescript/no-empty-object-type -- as above
  const Edited extends Shape = {},
>(
  definition: Definition<F, Fixed, Hidden, Own, Said, Edited> & {
    readonly name: Name
    readonly section: Section
  },
): ObjectKind<F, Fixed, Hidden, Own, Said, Edited> & { readonly name: Name; readonly section: Section } {
  const { name, section, fields, fixed = [], hidden = [], shown, said = {}, edited = {} } = definition
  const all = Object.entries(fields)
  const title = titleOf(name)
  const input = all.map(([field, schema]) => [keyOf(field, schema), requested(schema)])
  const edit = all
    .filter(([field]) => !isIn(fixed, field))
    .map(([field, schema]) => [keyOf(field, schema), withoutDefault(requested(schema)).optional()])
  const document = all.map(([field, schema]) => [field, described(schema)])
  const answer = all
    .filter(([field, schema]) => !isIn(hidden, field) && !('secret' in schema))
    .map(([field, schema]) => [field, 'refersTo' in schema ? ref : withoutDefault(schema as z.ZodType)])
  return {
    name,
    section,
    fields,
    input: component(`${title}Input`, z.strictObject(Object.fromEntries(input) as Shape)),
    edit: component(
      `${title}Edit`,
      z.strictObject({ version, ...(Object.fromEntries(edit) as Shape), ...edited }),
    ),
    document: z.strictObject({ ...(Object.fromEntries(document) as Shape), ...said }),
    answer: component(
      title,
      z.object({
        id: z.string(),
        ...(Object.fromEntries(answer) as Shape),
        ...shown,
        version: z.int(),
        createdAt: time,
        updatedAt: time,
      }),
    ),
    // The loops above do what the types say, which the compiler cannot follow.
  } as unknown as ObjectKind<F, Fixed, Hidden, Own, Said, Edited> & {
    readonly name: Name
    readonly section: Section
  }
}

function isIn(names: readonly PropertyKey[], field: string): boolean {
  return names.includes(field)
}

/** `data_source` as `DataSource`. */
function titleOf(name: string): string {
  return name.replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

/** All names that requests, documents and answers have of an object of this kind. */
export function namesOf({
  input,
  edit,
  document,
  answer,
}: Readonly<Record<'input' | 'edit' | 'document' | 'answer', { readonly shape: object }>>): string[] {
  return [...new Set([input, edit, document, answer].flatMap(({ shape }) => Object.keys(shape)))]
}

/** What of `value` this schema has, and the rest. */
export function partsOf<S extends Shape, V extends object>(
  { shape }: { readonly shape: S },
  value: V,
): {
  readonly own: Pick<V, Extract<keyof S, keyof V>>
  readonly rest: Readonly<Record<string, unknown>>
} {
  const entries = Object.entries(value)
  const isOwn = ([name]: readonly [string, unknown]): boolean => Object.hasOwn(shape, name)
  return {
    own: Object.fromEntries(entries.filter(isOwn)) as Pick<V, Extract<keyof S, keyof V>>,
    rest: Object.fromEntries(entries.filter((entry) => !isOwn(entry))),
  }
}

/** The name of a field in requests and rows. */
export function keyOf(name: string, field: Field): string {
  return 'refersTo' in field ? `${name}Id` : name
}

function requested(field: Field): z.ZodType {
  if ('refersTo' in field) return id.describe(`ID of ${withArticle(words(field.refersTo))}`)
  return 'secret' in field ? field.secret : field
}

function described(field: Field): z.ZodType {
  if ('refersTo' in field) return shortText
  return 'secret' in field ? documentSecret.optional() : field
}

function withoutDefault(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodDefault ? (schema.unwrap() as z.ZodType) : schema
}

type ShownShape<S extends Shape> = {
  [Name in keyof S]: WithoutDefault<S[Name]> extends z.ZodType ? WithoutDefault<S[Name]> : never
}

/** What requests take as an answer shows it: with all of its fields. */
export function shownAs<S extends Shape>({
  shape,
}: z.ZodObject<S, z.core.$strict>): z.ZodObject<ShownShape<S>> {
  const shown = Object.entries(shape).map(([name, schema]) => [name, withoutDefault(schema)])
  return z.object(Object.fromEntries(shown) as ShownShape<S>)
}
