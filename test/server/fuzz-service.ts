import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { ValidateFunction } from 'ajv/dist/2020.js'
import * as fc from 'fast-check'
import { sql } from 'kysely'
import { Client as PgClient } from 'pg'
import { localActor } from '../../src/access/activity.ts'
import { createSession } from '../../src/access/sessions.ts'
import { createUser } from '../../src/access/users.ts'
import { createSourceDatabase } from '../support/database.ts'
import { EVERY_OPTION, openWorld } from './every-route.ts'
import type { As, World } from './every-route.ts'
import { fitting, spoiled } from './from-schema.ts'
import type { Known, Schema } from './from-schema.ts'
import { idOf, kinds, knownFields, Picked, tables } from './fuzz-values.ts'
import type { Kind } from './fuzz-values.ts'
import { nastyTexts, oddHeaders } from './nasty.ts'
import { errorProblems, leaksOf, planted } from './planted.ts'
import type { Got } from './planted.ts'
import { openService, setUp } from './support.ts'
import type { Service } from './support.ts'

/** A service with planted secrets and addresses, and requests to it made from its OpenAPI document. */

export interface Operation {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[]
  readonly body: Schema | null
  /** By status; null for an answer that is not JSON. */
  readonly answers: Readonly<Record<string, ValidateFunction | null>>
}

export class Fuzz {
  readonly service: Service
  readonly world: World
  readonly operations: readonly Operation[]
  readonly databaseUrl: string
  readonly #known: Known
  /** Who signs in, in place of a key. */
  readonly #personId: string
  readonly #drop: () => Promise<void>

  private constructor(parts: {
    service: Service
    world: World
    operations: readonly Operation[]
    databaseUrl: string
    personId: string
    drop: () => Promise<void>
  }) {
    this.service = parts.service
    this.world = parts.world
    this.operations = parts.operations
    this.databaseUrl = parts.databaseUrl
    this.#known = knownFields({ ...parts.service, ...parts.service.simulator, ...parts })
    this.#personId = parts.personId
    this.#drop = parts.drop
  }

  static async open(): Promise<Fuzz> {
    const service = await openService({
      // Many credentials are made of one token.
      simulator: { previousRefreshToken: 'stays-valid' },
      limits: { previewTimeoutMs: 1_000, requestTimeoutMs: 1_000, sourceConnectMs: 500, validateForMs: 50 },
    })
    const world = await openWorld(service)
    const person = {
      name: 'Person',
      email: 'person.who.signs.in@example.com',
      policies: ['datagrid_administrator'],
      options: EVERY_OPTION,
      password: planted.loginPassword,
    }
    const { id: personId } = await createUser({ ...service.platform, actor: localActor }, person)
    const database = await createSourceDatabase({ password: planted.databasePassword })
    await plantIn(database.admin)
    const databaseUrl = database.url
    await writeFile(
      join(service.inputDir, 'planted.csv'),
      `email,n\n${planted.inFile},1\n${planted.inFile},2\n`,
    )
    await writeFile(join(service.inputDir, 'headless.csv'), `${planted.inFile},Planted Person\n`)
    await setUp(service, world.admin, { name: 'whole', emails: [planted.inFile] })
    await world.admin.ok('POST', '/data-sources', { kind: 'postgres', name: 'database', url: databaseUrl })
    const operations = await readOperations(world)
    return new Fuzz({ service, world, operations, databaseUrl, personId, drop: database.drop })
  }

  async close(): Promise<void> {
    await this.service.close()
    await this.#drop()
  }

  operation(id: string): Operation {
    const found = this.operations.find((one) => one.id === id)
    if (found === undefined) throw new Error(`the document has no operation ${id}`)
    return found
  }

  /** Requests of an operation, mostly right. */
  requests(operation: Operation): fc.Arbitrary<Sent> {
    return requestsOf(operation, this.#known)
  }

  /** Sends a request as it should be sent, with the ids of what is there now, and says what is wrong with the answer. */
  async problems(operation: Operation, asked: Sent): Promise<string[]> {
    const sent = await this.resolved(asked)
    const headers = {
      ...(await this.whoAsks(operation)),
      'content-type': 'application/json',
      ...sent.headers,
    }
    const isBare = sent.body === undefined || operation.method === 'GET'
    const body = isBare ? undefined : JSON.stringify(sent.body)
    return problemsOf(operation, await this.send(operation.method, addressOf(operation, sent), headers, body))
  }

  async send(
    method: string,
    url: string,
    headers: As,
    body?: string | Uint8Array<ArrayBuffer>,
  ): Promise<Got> {
    const request = new Request(url, { method, headers, ...(body === undefined ? {} : { body }) })
    const response = await this.service.fetch(request)
    const told = JSON.stringify([...response.headers])
    if (response.headers.get('content-type')?.startsWith('text/event-stream') === true) {
      await response.body?.cancel()
      return { status: response.status, headers: told, text: '' }
    }
    return { status: response.status, headers: told, text: await response.text() }
  }

  /** What is one's own is asked for by a person who is signed in, all else by a key that may do everything. */
  async whoAsks({ id }: Operation): Promise<As> {
    if (!id.startsWith('me.')) return this.world.asAdmin
    const { store, limits } = this.service.platform
    await store.db
      .updateTable('app_user')
      .set({ must_change_password: false })
      .where('id', '=', this.#personId)
      .execute()
    const of = { userId: this.#personId, originIp: null, userAgent: null }
    const { token } = await createSession(store.db, limits, of)
    return { cookie: `rollcall_session=${token}`, 'sec-fetch-site': 'same-origin' }
  }

  /** The request with real ids in place of those that were picked, and the version of what is edited. */
  async resolved(sent: Sent): Promise<Sent> {
    const now = await this.#idsNow()
    let target: Versioned | undefined
    const find = (value: unknown): unknown => {
      if (!(value instanceof Picked)) return value
      if (value.kind === 'version') return target?.version ?? 1
      const all = now[value.kind] ?? []
      const found = all[value.nth % Math.max(1, all.length)]
      target ??= found
      return found?.id ?? 'none'
    }
    const path = walked(sent.path, find) as Sent['path']
    const query = walked(sent.query, find) as Sent['query']
    return { ...sent, path, query, body: walked(sent.body, find) }
  }

  /** What there is now, without the key and the user that the test itself uses. */
  async #idsNow(): Promise<Readonly<Partial<Record<string, readonly Versioned[]>>>> {
    const isOwn: Readonly<Partial<Record<Kind, ReturnType<typeof sql>>>> = {
      'api-key': sql`policies = '{datagrid_administrator}'`,
      user: sql`id = ${this.#personId}`,
    }
    const parts = kinds.map((kind) => {
      const isVersioned = !['workflow', 'notification', 'session'].includes(kind)
      const rows = sql`select ${kind} as kind, id, ${isVersioned ? sql`version` : sql`1`} as version
        from ${sql.table(tables[kind])} where not ${isOwn[kind] ?? sql`false`} order by id`
      return sql`(${rows} limit 16) union (${rows} desc limit 16)`
    })
    const found = sql<Versioned & { kind: string }>`${sql.join(parts, sql` union all `)}`
    const { rows } = await found.execute(this.service.platform.store.db)
    return Object.groupBy(rows, ({ kind }) => kind)
  }
}

interface Versioned {
  readonly id: string
  readonly version: number
}

async function plantIn(url: string): Promise<void> {
  const client = new PgClient({ connectionString: url })
  await client.connect()
  await client.query(
    `create table customers as select '${planted.inDatabase}' as email, 7 as "order" from generate_series(1, 3)`,
  )
  await client.end()
}

interface Document {
  readonly paths: Record<string, Record<string, JsonOperation>>
  readonly components: { readonly schemas: Record<string, unknown> }
}

/** With each named schema in place of what refers to it. */
function inlined({ components, ...rest }: Document): Omit<Document, 'components'> {
  const put = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(put)
    if (typeof part !== 'object' || part === null) return part
    const { $ref, ...own } = part as { readonly $ref?: string }
    if ($ref === undefined)
      return Object.fromEntries(Object.entries(own).map(([key, one]) => [key, put(one)]))
    return { ...(put(components.schemas[$ref.slice($ref.lastIndexOf('/') + 1)]) as object), ...own }
  }
  return put(rest) as Omit<Document, 'components'>
}

interface JsonOperation {
  readonly operationId: string
  readonly parameters: Operation['parameters']
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: Schema } } }
  readonly responses: Record<string, { readonly content?: Record<string, { readonly schema: object }> }>
}

async function readOperations({ admin }: World): Promise<Operation[]> {
  const { paths } = inlined(await admin.ok<Document>('GET', '/api/openapi.json'))
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, one]) => ({
      id: one.operationId,
      method: method.toUpperCase(),
      path,
      parameters: one.parameters,
      body: one.requestBody?.content['application/json'].schema ?? null,
      answers: Object.fromEntries(
        Object.entries(one.responses).map(([status, { content }]) => {
          const schema = content?.['application/json']?.schema
          return [status, schema === undefined || Number(status) >= 400 ? null : ajv.compile(schema)]
        }),
      ),
    })),
  )
}

export interface Sent {
  readonly path: Readonly<Record<string, unknown>>
  readonly query: Readonly<Record<string, unknown>>
  readonly body: unknown
  readonly headers: Readonly<Record<string, string>>
}

function requestsOf(operation: Operation, known: Known): fc.Arbitrary<Sent> {
  const parametersIn = (place: string): readonly { name: string; schema: Schema }[] =>
    operation.parameters.filter((one) => one.in === place)
  const kind = kindOf(operation)
  const path = fc.record(
    Object.fromEntries(
      parametersIn('path').map((one) => [one.name, kind === null ? fc.constant('none') : idOf(kind)]),
    ),
  )
  const queries = fc.record(
    Object.fromEntries(parametersIn('query').map((one) => [one.name, fitting(one.schema, known, one.name)])),
    { requiredKeys: [] },
  )
  const query = fc.oneof(
    { weight: 4, arbitrary: queries },
    {
      weight: 1,
      arbitrary: fc.dictionary(
        fc.constantFrom('limit', 'cursor', 'search', 'from', 'cron', 'timeZone', '__proto__', 'unknown'),
        fc.constantFrom<unknown>(...nastyTexts),
        { maxKeys: 3 },
      ),
    },
  )
  const body =
    operation.body === null
      ? fc.constantFrom<unknown>(undefined, undefined, {})
      : spoiled(operation.body, known)
  const headers = fc.oneof(
    { weight: 6, arbitrary: fc.constant<Sent['headers']>({}) },
    { weight: 1, arbitrary: fc.constantFrom(...oddHeaders) },
  )
  return fc.record({ path, query, body, headers })
}

function kindOf({ path }: Operation): Kind | null {
  const folder = path.split('/')[3] ?? ''
  if (path.includes('/me/sessions/')) return 'session'
  const singular = folder === 'queries' ? 'query' : folder.replace(/s$/, '')
  return kinds.find((kind) => kind === singular) ?? null
}

function walked(value: unknown, change: (value: unknown) => unknown): unknown {
  const changed = change(value)
  if (value instanceof Picked || typeof value !== 'object' || value === null) return changed
  if (Array.isArray(value)) return value.length > 100 ? value : value.map((one) => walked(one, change))
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, walked(one, change)]))
}

export function addressOf({ path }: Operation, sent: Sent): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, key: string) => encoded(sent.path[key]))
  const query = Object.entries(sent.query)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${encoded(key)}=${encoded(value)}`)
  return `http://rollcall.test${filled}${query.length === 0 ? '' : `?${query.join('&')}`}`
}

function encoded(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
  return encodeURIComponent(text.toWellFormed())
}

/** What is wrong with an answer: what it tells, how it fails, or that it is not as described. */
export function problemsOf(operation: Operation, got: Got): string[] {
  const rest = got.status >= 400 ? errorProblems(got) : []
  return [...leaksOf(operation.id, got), ...rest, ...answerProblems(operation, got)]
}

function answerProblems({ id, answers }: Operation, { status, text }: Got): string[] {
  const validate = answers[String(status)]
  if (validate === undefined) return [`${id} answers ${status}, which is not described`]
  if (validate === null || validate(JSON.parse(text))) return []
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) =>
      `${id}: ${instancePath} ${message} ${JSON.stringify(params)} in ${text.slice(0, 500)}`,
  )
}
