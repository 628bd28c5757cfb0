import { once } from 'node:events'
import type { Command } from '@commander-js/extra-typings'
import { defaultLimits } from '../base/limits.ts'
import { withArticle } from '../base/words.ts'
import { createApp } from '../server/app.ts'
import type { RouteSpec } from '../server/api.ts'
import type { ServerContext } from '../server/server-context.ts'
import { withApi } from './api-client.ts'
import type { ApiAnswer, ApiClient } from './api-client.ts'
import { answerLines } from './answers.ts'
import { createValueReader, fieldsOf, givenTo, optionsOf } from './fields.ts'
import type { Field } from './fields.ts'
import { whenTaken } from './handed-over.ts'
import { createOutput, printError } from './output.ts'
import type { Output } from './output.ts'
import type { ResourceName } from '../server/resources.ts'

/** Commands made from the API's routes: whatever the API can do, the command line can, in the same words. */

/** Operations without a command, each with the reason. */
export const withoutCommand: Readonly<Record<string, string>> = {
  'notifications.stream': 'a stream never ends; use `notifications list` instead',
  'me.sign-in': 'sets a browser cookie; the command line uses an API key',
  'me.sign-in-with-ticket': 'sets a browser cookie; the command line uses an API key',
  'me.sign-out': 'ends a sign-in; the command line has none',
  'me.change-password': 'belongs to a sign-in; `users set-password` is for administrators',
  'me.sessions': 'shows sign-ins; the command line has none',
  'me.end-session': 'ends a sign-in; the command line has none',
}

/** Operations with a command that was made for them. */
export const commandOfItsOwn: Readonly<Record<string, string>> = {
  'configuration.export': 'export',
  'configuration.plan': 'apply',
  'configuration.apply': 'apply',
}

/** All operations of the API. The routes are made on nothing, since they are only looked at. */
export function operations(): readonly RouteSpec[] {
  const nothing = {
    platform: { limits: defaultLimits },
    publicUrl: '',
    host: null,
  } as unknown as ServerContext
  return createApp(nothing).routes
}

/**
 * Adds the verbs of a resource to its command. Without a verb it lists, or shows what there is one of; `rest` is what follows
 * its name.
 */
export function addVerbs(group: Command, name: ResourceName, rest: readonly string[]): void {
  const all = operations()
  const own = all.filter(({ id }) => id.startsWith(`${name}.`) && withoutCommand[id] === undefined)
  const isBare = rest[0] === undefined || rest[0].startsWith('-')
  for (const operation of own) {
    // A mistyped verb would become an argument of a verb that may be left out.
    const isDefault = isBare && isUnnamed(operation)
    addVerb(group.command(verbOf(operation), { isDefault }), operation, all)
  }
}

function verbOf({ id }: RouteSpec): string {
  return id.slice(id.indexOf('.') + 1)
}

function isUnnamed({ id, params }: RouteSpec): boolean {
  return /\.(?:list|get)$/.test(id) && params === undefined
}

type Options = Readonly<Record<string, unknown>> & { readonly json: boolean }

function addVerb(command: Command, operation: RouteSpec, all: readonly RouteSpec[]): void {
  const { body, query } = verbFields(operation)
  const isEdit = body.some(isVersion)
  command
    .description(operation.summary)
    .usage(`${operation.params === undefined ? '' : '<id> '}[options]`)
    .helpOption('-h, --help', 'show this help')
  if (operation.params !== undefined) command.argument('<id>', `id of ${articleOf(operation)}`)
  for (const field of [...body, ...query]) {
    if (isVersion(field))
      command.option('--version <number>', 'the version that you read; the current version by default')
    else for (const option of optionsOf(field, isEdit)) command.addOption(option)
  }
  command.option('--json', "print the API's JSON object", false)
  if (body.some(({ type }) => type.startsWith('text'))) command.addHelpText('after', BODY_HELP)
  command.action(async (...given: unknown[]) => {
    const id = operation.params === undefined ? null : String(given[0])
    await run({ operation, all, id, options: command.opts() as Options })
  })
}

const BODY_HELP = `
Write @FILE to read a text from a file, or - to read it from standard input.
To begin a text with @, write @@.`

function verbFields({ body, query }: RouteSpec): { body: Field[]; query: Field[] } {
  return { body: fieldsOf(body), query: fieldsOf(query) }
}

function isVersion({ path }: Field): boolean {
  return path.length === 1 && path[0] === 'version'
}

/** "data-sources" as "a data source", for the help of its id. */
function articleOf({ id }: RouteSpec): string {
  const [resource = ''] = id.split('.')
  const one = resource.replace(/ies$/, 'y').replace(/s$/, '').replaceAll('-', ' ')
  return withArticle(one.replace('api', 'API'))
}

interface Run {
  readonly operation: RouteSpec
  readonly all: readonly RouteSpec[]
  readonly id: string | null
  readonly options: Options
}

/** Does what the command says and prints the answer. Never throws. */
async function run({ operation, all, id, options }: Run): Promise<void> {
  const output = createOutput(options.json)
  try {
    const fields = verbFields(operation)
    const given = await givenFields(fields.body, options)
    const search = searchOf(fields.query, options)
    await withApi(async (api, signal) => {
      const ask = (spec: RouteSpec, rest: { search?: string; body?: unknown } = {}): Promise<ApiAnswer> =>
        api.request(spec.method, pathOf(spec, id) + (rest.search ?? ''), rest.body, { signal })
      const present = await presentOf(operation, { all, fields: fields.body, given, ask })
      const body = operation.body === undefined ? undefined : bodyOf(fields.body, given, present)
      await print({ api, output, operation, id, answer: await ask(operation, { search, body }) })
    })
  } catch (error) {
    printError(output, error)
  }
}

type Given = ReadonlyMap<Field, unknown>

async function givenFields(fields: readonly Field[], options: Options): Promise<Given> {
  const reader = createValueReader()
  const given = new Map<Field, unknown>()
  for (const field of fields) {
    const value = givenTo(field, options)
    if (value !== undefined) given.set(field, await reader.read(field, value))
  }
  return given
}

/** Parameters of a query are texts, and a text that begins with @ is looked for as it is. */
function searchOf(fields: readonly Field[], options: Options): string {
  const search = new URLSearchParams()
  for (const field of fields) {
    const value = givenTo(field, options)
    if (value !== undefined) search.set(field.path.join('.'), String(value))
  }
  return search.size === 0 ? '' : `?${search.toString()}`
}

function pathOf({ path }: RouteSpec, id: string | null): string {
  return path.replace('{id}', encodeURIComponent(id ?? ''))
}

/**
 * The object as it is now, when an edit needs it: for its version, unless it is given, and for the fields of objects that are not
 * given. A save between this and the edit is noticed by the version.
 */
async function presentOf(
  operation: RouteSpec,
  options: {
    all: readonly RouteSpec[]
    fields: readonly Field[]
    given: Given
    ask: (spec: RouteSpec) => Promise<ApiAnswer>
  },
): Promise<Record<string, unknown> | null> {
  const { all, fields, given, ask } = options
  const version = fields.find(isVersion)
  if (version === undefined) return null
  const needsFields = [...given.keys()].some(({ path, isOfUnion }) => path.length === 2 && !isOfUnion)
  if (given.has(version) && !needsFields) return null
  const get = all.find(({ id }) => id === `${operation.id.split('.')[0]}.get`)
  return get === undefined ? null : ((await ask(get)).body as Record<string, unknown>)
}

function bodyOf(
  fields: readonly Field[],
  given: Given,
  present: Record<string, unknown> | null,
): Record<string, unknown> {
  const body: Record<string, unknown> = {}
  if (fields.some(isVersion) && present !== null) body['version'] = present['version']
  for (const [{ path, isOfUnion, isNullable }, value] of given) {
    const [name, inner] = path
    if (inner === undefined) body[name] = value
    else {
      const before = body[name] ?? (isOfUnion ? {} : presentObject(present, name))
      const { [inner]: _, ...others } = before as Record<string, unknown>
      body[name] = value === null && !isNullable ? others : { ...others, [inner]: value }
    }
  }
  return body
}

/** A query that has no draft is edited from its active text. */
function presentObject(present: Record<string, unknown> | null, name: string): object {
  return Object(present?.[name] ?? (name === 'draft' ? present?.['active'] : null)) as object
}

interface Printed {
  readonly api: ApiClient
  readonly output: Output
  readonly operation: RouteSpec
  readonly id: string | null
  readonly answer: ApiAnswer
}

async function print({ api, output, operation, id, answer }: Printed): Promise<void> {
  if (answer.text !== undefined) return printText(output, answer.text)
  const body = (answer.body ?? {}) as Record<string, unknown>
  if (body['accepted'] === false) process.exitCode = 1
  if (output.json) return output.result(body, [])
  const shown = operation.status === 202 ? await whenTaken(api, body) : body
  output.result(body, answerLines({ id: operation.id, summary: operation.summary, of: id }, shown))
}

/** A file as it comes. A reader that closes our stdout early has seen enough. */
async function printText(output: Output, text: AsyncIterable<Uint8Array>): Promise<void> {
  if (output.json) {
    const pieces = await Array.fromAsync(text)
    return output.result({ text: Buffer.concat(pieces).toString('utf8') }, [])
  }
  for await (const piece of text) {
    const isRoomLeft = process.stdout.write(Buffer.from(piece))
    if (!isRoomLeft && !(await hasRoomAgain())) return
  }
}

/** False when no one reads any more. */
async function hasRoomAgain(): Promise<boolean> {
  return once(process.stdout, 'drain').then(
    () => true,
    () => false,
  )
}
