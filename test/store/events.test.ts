import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { sql } from 'kysely'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest'
import { defaultLimits } from '../../src/base/limits.ts'
import { listen, publish } from '../../src/store/events.ts'
import type { StoreEvent } from '../../src/store/events.ts'
import { openHome } from '../../src/store/home.ts'
import { openStore } from '../../src/store/store.ts'
import type { Store } from '../../src/store/store.ts'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { makeFolder } from '../support/folder.ts'
import { openHere, testFolder } from './support.ts'

let database: TestDatabase
let folder: Awaited<ReturnType<typeof makeFolder>>
let store: Store
let admin: Client

beforeAll(async () => {
  database = await createTestDatabase()
  folder = await makeFolder('events')
  store = await openUrlStore()
  admin = new Client({ connectionString: database.url })
  await admin.connect()
})

afterAll(async () => {
  await admin.end()
  await store.close()
  await database.drop()
  await folder.remove()
})

async function openUrlStore(url = database.url): Promise<Store> {
  const home = await openHome({ ROLLCALL_HOME: folder.dir })
  return openStore({ home, env: { DATABASE_URL: url }, limits: defaultLimits })
}

/** What a listener was told, in order; `gap` stands for a gap. */
class Told {
  readonly all: (StoreEvent | 'gap')[] = []
  readonly #waiting: (() => void)[] = []
  readonly #stop = new AbortController()

  readonly options = {
    onEvent: (event: StoreEvent) => this.#tell(event),
    onGap: () => this.#tell('gap'),
    signal: this.#stop.signal,
  }

  stop(): void {
    this.#stop.abort()
  }

  /** Resolves when this many have been told. */
  async count(wanted: number): Promise<(StoreEvent | 'gap')[]> {
    while (this.all.length < wanted) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    return this.all
  }

  #tell(one: StoreEvent | 'gap'): void {
    this.all.push(one)
    for (const wake of this.#waiting.splice(0)) wake()
  }
}

async function listening(to: Store = store): Promise<Told> {
  const told = new Told()
  onTestFinished(() => told.stop())
  await to.listen(told.options)
  return told
}

async function cutOff(): Promise<void> {
  await admin.query(
    `select pg_terminate_backend(pid, 5000) from pg_stat_activity
     where datname = current_database() and application_name = 'rollcall events'`,
  )
}

/** The last event of a test: what was not told before it will not be. */
const last: StoreEvent = { type: 'workflow', id: 'last' }

test('every listener is told what any process publishes, in order', async () => {
  const other = await openUrlStore()
  onTestFinished(() => other.close())
  const [here, there] = [await listening(), await listening(other)]
  const events: StoreEvent[] = [
    { type: 'notification', id: 'nt_1' },
    { type: 'credential', id: 'cr_1', at: '2026-11-24T08:00:00.000Z' },
    { type: 'notification', id: 'nt_2' },
  ]
  for (const event of events) await publish(other.db, event)
  await publish(store.db, last)
  expect(await here.count(4)).toEqual([...events, last])
  expect(await there.count(4)).toEqual([...events, last])
})

test('a transaction tells nothing before it commits, and the same event once', async () => {
  const told = await listening()
  await store.db.transaction().execute(async (tx) => {
    await publish(tx, { type: 'workflow', id: 'within' })
    await publish(tx, { type: 'workflow', id: 'within' })
    await publish(store.db, { type: 'workflow', id: 'outside' })
    await told.count(1)
  })
  await publish(store.db, last)
  expect((await told.count(3)).map((one) => (one === 'gap' ? one : one.id))).toEqual([
    'outside',
    'within',
    'last',
  ])
})

test('a transaction that is rolled back tells nothing', async () => {
  const told = await listening()
  const rolledBack = store.db.transaction().execute(async (tx) => {
    await publish(tx, { type: 'workflow', id: 'never' })
    throw new Error('rolled back')
  })
  await expect(rolledBack).rejects.toThrow('rolled back')
  await publish(store.db, last)
  expect(await told.count(1)).toEqual([last])
})

test('a connection that breaks is made again, and whoever listens learns that there was a gap', async () => {
  const told = await listening()
  for (const round of [1, 2, 3]) {
    await cutOff()
    await told.count(round)
  }
  await publish(store.db, last)
  expect(await told.count(4)).toEqual(['gap', 'gap', 'gap', last])
})

test('what is no event of ours, or of a later version, is passed over', async () => {
  const told = await listening()
  for (const payload of ['', 'x', 'null', '[]', '{"type":"campaign","id":"x"}', '{"type":"query","id":7}'])
    await sql`select pg_notify('rollcall', ${payload})`.execute(store.db)
  await publish(store.db, last)
  expect(await told.count(1)).toEqual([last])
})

test('a listener that stops is told nothing more, not even what has arrived', async () => {
  const told = new Told()
  const onEvent = (event: StoreEvent): void => {
    told.options.onEvent(event)
    told.stop()
  }
  await store.listen({ ...told.options, onEvent })
  const watching = await listening()
  await store.db.transaction().execute(async (tx) => {
    for (const id of ['first', 'second', 'third']) await publish(tx, { type: 'workflow', id })
  })
  await watching.count(3)
  expect(await told.count(1)).toEqual([{ type: 'workflow', id: 'first' }])
})

test('a listener that was stopped is told nothing more, and its connection ends', async () => {
  const own = await openUrlStore()
  const told = await listening(own)
  const stopped = await listening(own)
  stopped.stop()
  await publish(store.db, last)
  await told.count(1)
  expect(stopped.all).toEqual([])
  await own.close()
  const { rows } = await admin.query<{ count: string }>(
    `select count(*) from pg_stat_activity where datname = current_database() and application_name = 'rollcall events'`,
  )
  expect(rows[0]?.count).toBe('0')
})

test('the first connection that fails is told at once', async () => {
  const target = {
    connection: { connectionString: 'postgres://me:sesame@127.0.0.1:1/x' },
    kind: 'url',
  } as const
  const error: unknown = await listen(target, new Told().options).catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code: 'database_unavailable', passing: true })
  expect(String(error)).not.toMatch(/sesame/)
})

/** A way to the test database that can be made to swallow everything, as a cable that was pulled does. */
async function startWay(): Promise<{ port: number; die: () => Promise<void>; revive: () => void }> {
  let isDead = false
  let onSwallowed: (() => void) | null = null
  const sockets = new Set<Socket>()
  const pass = (from: Socket, to: Socket): void => {
    from.on('data', (chunk) => {
      if (isDead) onSwallowed?.()
      else to.write(chunk)
    })
    from.on('close', () => {
      if (!isDead) to.destroy()
    })
    from.on('error', () => {})
  }
  const server = createServer((near) => {
    const far = connect(`${inject('databaseSocketDir')}/.s.PGSQL.5432`)
    for (const socket of [near, far]) sockets.add(socket)
    pass(near, far)
    pass(far, near)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return {
    port: (server.address() as AddressInfo).port,
    /** Resolves when something has been swallowed. */
    die: () =>
      new Promise((resolve) => {
        isDead = true
        onSwallowed = resolve
      }),
    revive: () => {
      isDead = false
    },
  }
}

const quick = { heartbeatMs: 20, heartbeatWaitMs: 500, backoffMs: 5, backoffMsMax: 20 }

test('a connection on which the server gives no sign of life is given up', async () => {
  const way = await startWay()
  const name = new URL(database.url.replace(':///', '://x/')).pathname.slice(1)
  const told = new Told()
  const password = inject('databasePassword')
  const connection = { host: '127.0.0.1', port: way.port, user: 'rollcall', password, database: name }
  const { ended } = await listen({ connection, kind: 'url' }, told.options, quick)
  await publish(store.db, { type: 'workflow', id: 'first' })
  await told.count(1)
  // The next sign of life is asked for, and nobody hears it.
  await way.die()
  way.revive()
  expect(await told.count(2)).toEqual([{ type: 'workflow', id: 'first' }, 'gap'])
  await publish(store.db, last)
  await told.count(3)
  told.stop()
  await ended
})

test('a server that goes away is asked again until it is back', async () => {
  const home = await testFolder('events-embedded')
  const embedded = await openHere(home)
  const told = await listening(embedded)
  await publish(embedded.db, { type: 'workflow', id: 'first' })
  await told.count(1)
  const { rows } = await sql<{ pid: number }>`select pid from pg_stat_activity
    where application_name = 'rollcall events'`.execute(embedded.db)
  // A server that loses one of its processes in this way ends all others, and is back after its recovery.
  expect(rows).toHaveLength(1)
  for (const { pid } of rows) process.kill(pid, 'SIGKILL')
  await told.count(2)
  await publish(embedded.db, last)
  expect(await told.count(3)).toEqual([{ type: 'workflow', id: 'first' }, 'gap', last])
  await embedded.close()
})
