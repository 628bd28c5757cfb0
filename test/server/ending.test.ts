import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client as Postgres } from 'pg'
import { request } from 'undici'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { createSourceDatabase, urlOf } from '../support/database.ts'
import type { SourceDatabase } from '../support/database.ts'
import { CHECKOUT, isRoot, processesNaming } from '../support/processes.ts'
import { keyWith } from './every-route.ts'
import { ended, membersOn, openService, people, setUp } from './support.ts'
import type { Client, Ids, Service } from './support.ts'

/**
 * What runs in a service for people stays within bounds, and SIGTERM ends it in order: what people wait for is answered, and a run is
 * left for the next start.
 */

/** For programs that have to start, on a busy machine. */
const LONG = { timeout: 600_000 }
const MEMBERS = 600
const LIMITS = {
  batchSize: 10,
  batchesInFlight: 2,
  writesPerMinute: 100_000,
  readsPerMinute: 100_000,
  queriesAtOncePerPersonMax: 1,
  previewTimeoutMs: 3_600_000,
}

/** Finding out what it means takes ever so long, and hears no interrupt. */
const UNBOUND = `WITH ${Array.from({ length: 24 }, (_, n) => `t${n} AS (SELECT * FROM ${n === 0 ? 'input' : `t${n - 1} a, t${n - 1} b`})`).join(', ')} SELECT * FROM t23`
const ENDLESS = 'SELECT max(a.range || b.range) AS email FROM range(10000000) a, range(10000000) b'
const SLEEPING = 'SELECT pg_sleep(86400)::text AS email'

let service: Service
let operator: Client
let ids: Ids
let database: SourceDatabase
let watch: Postgres

beforeAll(async () => {
  service = await openService({ limits: LIMITS })
  operator = await service.as(['datagrid_operator'])
  ids = await setUp(service, operator, { name: 'left', emails: people(MEMBERS) })
  database = await createSourceDatabase()
  watch = new Postgres({ connectionString: database.admin })
  await watch.connect()
})

afterAll(async () => {
  await watch.end()
  await service.close()
  await database.drop()
})

interface Running {
  readonly process: ChildProcess
  readonly pid: number
  readonly url: string
  /** All that it has written so far. */
  readonly said: () => string
}

/** `rollcall start` on the database of the service, as on another machine. */
async function start(): Promise<Running> {
  const home = join(service.inputDir, 'another home')
  await mkdir(home)
  await writeFile(join(home, 'settings.json'), JSON.stringify(LIMITS))
  const { host, database: name, password } = service.platform.store.connection
  const child = spawn(process.execPath, [join(CHECKOUT, 'bin/rollcall.js'), 'start', '--port', '0'], {
    env: {
      PATH: process.env['PATH'],
      ROLLCALL_HOME: home,
      DATABASE_URL: urlOf({ socketDir: String(host), password: String(password) }, String(name)),
      ROLLCALL_PINTEREST_API: service.simulator.url,
      ROLLCALL_SECRET_KEY_FILE: service.platform.home.secretKeyFile,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (piece: string) => (said += piece))
  const at = () => /Rollcall is running at (\S+)\. See/.exec(said)?.[1]
  await expect.poll(() => at() ?? child.exitCode, LONG).not.toBeNull()
  const url = at()
  if (url === undefined) throw new Error(said)
  return { process: child, pid: child.pid ?? 0, url, said: () => said }
}

async function draftOn(place: object, sql: string): Promise<string> {
  const name = `endless ${crypto.randomUUID()}`
  const source = await operator.ok<{ id: string }>('POST', '/data-sources', { name, ...place })
  const query = { name, dataSourceId: source.id, draft: { sql } }
  return (await operator.ok<{ id: string }>('POST', '/queries', query)).id
}

const filesOf = ({ inputDir }: Service) => ({ kind: 'files', folder: inputDir, files: ['left.csv'] })

/** What is answered in the end: its status and code, or why there was no answer. */
async function answered(url: string, path: string): Promise<string> {
  const headers = { ...(await keyWith(service, ['datagrid_operator'])), 'content-type': 'application/json' }
  try {
    const { statusCode, body } = await request(`${url}/api/v1${path}`, {
      method: 'POST',
      headers,
      body: '{}',
    })
    const { error } = (await body.json()) as { error?: { code: string } }
    return `${statusCode} ${error?.code}`
  } catch (error) {
    return `no answer: ${String(error)}`
  }
}

const childrenOf = (pid: number): number[] => processesNaming(`child/main.ts\0${pid}`)

async function sleepersIn(): Promise<number> {
  const text = `select count(*)::int as count from pg_stat_activity
    where datname = current_database() and state = 'active' and query like '%pg_sleep(86400)%' and pid <> pg_backend_pid()`
  const { rows } = await watch.query<{ count: number }>(text)
  return rows[0]?.count ?? 0
}

test(
  'it ends with all its children while previews, a count and a run are under way, and the run goes on exactly',
  LONG,
  async () => {
    const files = filesOf(service)
    const drafts = [
      ['preview', await draftOn(files, UNBOUND)],
      ['count', await draftOn(files, ENDLESS)],
      ['preview', await draftOn({ kind: 'postgres', url: database.url }, SLEEPING)],
    ] as const
    service.simulator.faults.plan({
      rules: [{ operation: 'customer_lists/update', kind: 'slow', delayMs: 200, times: 1_000_000 }],
    })
    const running = await start()
    expect(running.said().split('the service runs as root')).toHaveLength(isRoot ? 2 : 1)
    const { workflow } = await operator.ok<{ workflow: string }>(
      'POST',
      `/orchestrations/${ids.orchestration}/run`,
    )
    const answers = Promise.all(drafts.map(([what, id]) => answered(running.url, `/queries/${id}/${what}`)))
    await expect.poll(() => childrenOf(running.pid).length, LONG).toBe(2)
    await expect.poll(sleepersIn, LONG).toBe(1)
    await expect.poll(() => membersOn(service, 'left').length, LONG).toBeGreaterThan(0)

    const gone = once(running.process, 'exit')
    running.process.kill('SIGTERM')
    expect(await answers).toEqual(drafts.map(() => '503 server_unavailable'))
    expect(await gone).toEqual([0, null])
    expect(childrenOf(running.pid)).toEqual([])
    await expect.poll(sleepersIn, LONG).toBe(0)
    const sent = membersOn(service, 'left').length
    expect(sent).toBeLessThan(MEMBERS)
    expect(await operator.ok('GET', `/workflows/${workflow}`)).toMatchObject({ state: 'running' })

    service.simulator.faults.clear()
    await service.startWorker()
    expect(await ended(service, operator, workflow)).toMatchObject({ state: 'succeeded' })
    expect(membersOn(service, 'left')).toHaveLength(MEMBERS)
  },
)

test('the queries of one person wait for one another, and keep no one else waiting', LONG, async () => {
  const [endless, quick] = [
    await draftOn(filesOf(service), ENDLESS),
    await draftOn(filesOf(service), 'FROM input'),
  ]
  const leaving = new AbortController()
  const [mine, theirs] = [
    await keyWith(service, ['datagrid_operator']),
    await keyWith(service, ['datagrid_operator']),
  ]
  const preview = async (id: string, who: typeof mine): Promise<number> => {
    const headers = { ...who, 'content-type': 'application/json' }
    const { signal } = leaving
    const url = `http://rollcall.test/api/v1/queries/${id}/preview`
    return (await service.fetch(new Request(url, { method: 'POST', headers, body: '{}', signal }))).status
  }
  const first = preview(endless, mine)
  await expect.poll(() => childrenOf(process.pid).length, LONG).toBe(1)
  const second = preview(endless, mine)
  expect(await preview(quick, theirs)).toBe(200)
  // That one has ended, and the second of the first person has not begun.
  await expect.poll(() => childrenOf(process.pid).length, LONG).toBe(1)
  leaving.abort()
  await Promise.allSettled([first, second])
  await expect.poll(() => childrenOf(process.pid).length, LONG).toBe(0)
})
