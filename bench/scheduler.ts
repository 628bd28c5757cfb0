import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { sql } from 'kysely'
import { AD_ACCOUNTS, startSimulator } from '../simulator/main.ts'
import type { Simulator } from '../simulator/main.ts'
import { openPlatform } from '../src/platform/open.ts'
import type { Platform } from '../src/platform/open.ts'
import { openQueue } from '../src/worker/queue.ts'
import { median } from './measure.ts'
import { serviceApp } from './service-app.ts'

/**
 * How soon two workers, as processes of their own on one PostgreSQL, pick workflows up: one that is started alone, one after another when
 * many wait, one whose worker is killed, and many schedules that are due at once. Usage: `npm run bench:scheduler -- [--rounds N]
 * [--orchestrations N]`. Uses a data folder of its own below the temporary folder and removes it.
 */

const PATIENCE_MS = 180_000
const LOOK_MS = 5
/** Small batches, so that a run of many takes long enough to be killed in. */
const LIMITS = {
  batchSize: 10,
  batchesInFlight: 1,
  audienceMembersMin: 1,
  writesPerMinute: 100_000,
  readsPerMinute: 100_000,
}
const FEW = 20
const MANY = 300
const WAITING = 60
const DUE_IN_MS = 4_000
const MINUTE_MS = 60_000

interface Bench {
  readonly platform: Platform
  readonly simulator: Simulator
  readonly ask: <T>(method: string, path: string, body?: object) => Promise<T>
  readonly startWorker: () => Promise<void>
  readonly workers: Map<number, ChildProcess>
  readonly dir: string
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '15' },
      orchestrations: { type: 'string', default: '1000' },
    },
  })
  const rounds = Number(values.rounds)
  const count = Number(values.orchestrations)
  console.log(`${cpus().length} cores, Node ${process.versions.node}, two workers of two places each`)
  await withBench(async (bench) => {
    const ids = await makeOrchestrations(bench, { few: count, many: 5 * rounds })
    await Promise.all([bench.startWorker(), bench.startWorker()])
    report('pick-up, alone', await pickUpsAlone(bench, ids.few, rounds))
    report('pick-up, all places', await pickUpsTogether(bench, ids.many, rounds))
    report('pick-up, many wait', await pickUpsAmongMany(bench, ids.few.slice(0, WAITING)))
    report('takeover after a kill', await takeovers(bench, ids.many.slice(-rounds)))
    await dueAtOnce(bench, ids.few)
  })
}

function report(what: string, allMs: readonly number[]): void {
  const sorted = allMs.toSorted((a, b) => a - b)
  console.log(
    `${what.padEnd(24)} median ${seconds(median(sorted))}, worst ${seconds(sorted.at(-1))} of ${sorted.length}; load ${load()}`,
  )
}

function seconds(ms = Number.NaN): string {
  return `${(ms / 1000).toFixed(3)} s`
}

function load(): string {
  return (loadavg()[0] ?? Number.NaN).toFixed(1)
}

/** From the request that starts it to its first task, with nothing else to do. */
async function pickUpsAlone(bench: Bench, ids: readonly string[], rounds: number): Promise<number[]> {
  const times: number[] = []
  for (const id of ids.slice(0, rounds)) {
    const atMs = Date.now()
    const workflow = await start(bench, id)
    await until(async () => (await open(bench)) === 0, 'the end of a workflow')
    times.push((await firstTaskAt(bench, workflow)) - atMs)
  }
  return times
}

/** From the request that starts the last of so many as there are places, to the first task of the one that begins last. */
async function pickUpsTogether(bench: Bench, ids: readonly string[], rounds: number): Promise<number[]> {
  const places = placesOf(bench)
  const times: number[] = []
  slow(bench)
  for (let round = 0; round < rounds; round += 1) {
    const chosen = ids.slice(round * places, (round + 1) * places)
    const workflows = await Promise.all(chosen.map(async (id) => start(bench, id)))
    const atMs = Date.now()
    await until(async () => (await open(bench)) === 0, 'the end of all workflows')
    const begun = await Promise.all(workflows.map(async (id) => firstTaskAt(bench, id)))
    times.push(Math.max(0, Math.max(...begun) - atMs))
  }
  bench.simulator.faults.clear()
  return times
}

function placesOf({ workers, platform }: Bench): number {
  return workers.size * platform.limits.workflowsAtOnce
}

/** Every batch takes its time. */
function slow({ simulator }: Bench): void {
  const rule = { operation: 'customer_lists/update', kind: 'slow', delayMs: 150, times: 1_000_000 } as const
  simulator.faults.plan({ rules: [rule] })
}

/** From the moment when a place is free to the first task of the next workflow. */
async function pickUpsAmongMany(bench: Bench, ids: readonly string[]): Promise<number[]> {
  const workflows: string[] = []
  for (const id of ids) workflows.push(await start(bench, id))
  await until(async () => (await open(bench)) === 0, 'the end of all workflows')
  const { rows } = await sql<{ begun: Date; ended: Date }>`
    select min(task.started_at) as begun, workflow.ended_at as ended
    from workflow join task on task.workflow_id = workflow.id
    where workflow.id = any(${workflows}::text[]) group by workflow.id order by 1
  `.execute(bench.platform.store.db)
  const places = placesOf(bench)
  const ends = rows.map(({ ended }) => ended.getTime()).toSorted((a, b) => a - b)
  // The n-th that begins has the place of the first that ended, of the second, and so on.
  return rows
    .slice(places)
    .map(({ begun }, nth) => Math.max(0, begun.getTime() - (ends[nth] ?? begun.getTime())))
}

/** From the kill of the worker that runs a workflow to the moment when another one has it. */
async function takeovers(bench: Bench, ids: readonly string[]): Promise<number[]> {
  const times: number[] = []
  slow(bench)
  for (const [round, id] of ids.entries()) {
    const before = bench.simulator.control.calls().length
    const workflow = await start(bench, id)
    // In the middle, at another moment of the workers' looks each time.
    await until(
      async () => bench.simulator.control.calls().length > before + 4 + (round % 7),
      'the middle of a workflow',
    )
    const pid = await holderOf(bench, workflow)
    const worker = bench.workers.get(pid)
    if (worker === undefined) throw new Error(`no worker has the workflow ${workflow}`)
    const gone = once(worker, 'exit')
    worker.kill('SIGKILL')
    const atMs = performance.now()
    await until(async () => (await holderOf(bench, workflow)) !== pid, 'a takeover')
    times.push(performance.now() - atMs)
    await gone
    await bench.startWorker()
    await until(async () => (await open(bench)) === 0, 'the end of a workflow')
  }
  bench.simulator.faults.clear()
  return times
}

/** All schedules are due at the same moment: how soon they are recorded as runs, and how many of them begin within a minute. */
async function dueAtOnce(bench: Bench, ids: readonly string[]): Promise<void> {
  const { db } = bench.platform.store
  const { rows } = await sql<{ due: Date }>`
    update orchestration set next_run_at = now() + ${DUE_IN_MS} * interval '1 ms'
    where id = any(${[...ids]}::text[]) returning next_run_at as due
  `.execute(db)
  const dueMs = rows[0]?.due.getTime() ?? Number.NaN
  await until(async () => (await recordedSince(bench, dueMs)).length === ids.length, 'all schedules')
  const recordedMs = (await recordedSince(bench, dueMs)).map((at) => at - dueMs)
  await sleep(Math.max(0, dueMs + MINUTE_MS - Date.now()))
  const { rows: begun } = await sql<{ count: number }>`
    select count(distinct workflow_id)::int as count from task
    where started_at between ${new Date(dueMs)} and ${new Date(dueMs + MINUTE_MS)}
  `.execute(db)
  report('due to recorded', recordedMs)
  console.log(
    `${ids.length} schedules due at once: ${recordedMs.filter((ms) => ms < MINUTE_MS).length} are recorded and ${begun[0]?.count} have begun within a minute; load ${load()}`,
  )
}

/** When each run was recorded for the activity log, in the transaction that starts it. */
async function recordedSince({ platform }: Bench, sinceMs: number): Promise<number[]> {
  const { rows } = await sql<{ at: Date }>`
    select at from activity where action = 'orchestration.run' and at >= ${new Date(sinceMs)}
  `.execute(platform.store.db)
  return rows.map(({ at }) => at.getTime())
}

async function start({ ask }: Bench, orchestration: string): Promise<string> {
  const { workflow } = await ask<{ workflow: string }>('POST', `/orchestrations/${orchestration}/run`)
  return workflow
}

/** How many workflows have not ended, or have ended untold. */
async function open({ platform }: Bench): Promise<number> {
  const { count } = await platform.store.db
    .selectFrom('workflow')
    .select(sql<number>`count(*)::int`.as('count'))
    .where('told_at', 'is', null)
    .executeTakeFirstOrThrow()
  return count
}

async function firstTaskAt({ platform }: Bench, workflow: string): Promise<number> {
  const { at } = await platform.store.db
    .selectFrom('task')
    .select(sql<Date>`min(started_at)`.as('at'))
    .where('workflow_id', '=', workflow)
    .executeTakeFirstOrThrow()
  return at.getTime()
}

/** Process id of the worker that has it, or had it last. */
async function holderOf({ platform }: Bench, workflow: string): Promise<number> {
  const { holder } = await platform.store.db
    .selectFrom('workflow')
    .select('holder')
    .where('id', '=', workflow)
    .executeTakeFirstOrThrow()
  return Number(holder?.split(':').at(-1))
}

async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
  const startedMs = performance.now()
  while (!(await condition())) {
    if (performance.now() - startedMs > PATIENCE_MS) throw new Error(`waited too long for ${what}`)
    await sleep(LOOK_MS)
  }
}

/** Orchestrations with a list and a schedule each: one run of the first ones changes few members, one of the others many. */
async function makeOrchestrations(
  { ask, simulator, dir }: Bench,
  counts: { readonly few: number; readonly many: number },
): Promise<{ few: string[]; many: string[] }> {
  const idOf = async (path: string, body: object): Promise<string> =>
    (await ask<{ id: string }>('POST', path, body)).id
  const { app } = simulator
  const credentialId = await idOf('/credentials', {
    name: 'bench',
    appId: app.id,
    appSecret: app.secret,
    refreshToken: app.refreshToken,
  })
  const destinationId = await idOf('/destinations', {
    name: 'bench',
    credentialId,
    adAccountId: AD_ACCOUNTS.owned,
  })
  const make = async (name: string, members: number, lists: number): Promise<string[]> => {
    const emails = Array.from({ length: members }, (_, index) => `person${index}@example.com`)
    await writeFile(join(dir, 'input', `${name}.csv`), `email\n${emails.join('\n')}\n`)
    const files = [`${name}.csv`]
    const dataSourceId = await idOf('/data-sources', {
      kind: 'files',
      name,
      folder: join(dir, 'input'),
      files,
    })
    const queryId = await idOf('/queries', { name, dataSourceId, draft: { sql: 'SELECT email FROM input' } })
    await ask('POST', `/queries/${queryId}/activate`, { version: 1 })
    const ids: string[] = []
    for (let nth = 1; nth <= lists; nth += 1) {
      const listName = `${name} ${nth}`
      const schedule = { automatic: true, cron: '0 4 1 1 *', timeZone: 'UTC' }
      ids.push(
        await idOf('/orchestrations', { name: listName, queryId, destinationId, listName, ...schedule }),
      )
    }
    return ids
  }
  return { few: await make('few', FEW, counts.few), many: await make('many', MANY, counts.many) }
}

async function withBench(use: (bench: Bench) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'rollcall-scheduler-'))
  await mkdir(join(dir, 'input'))
  const simulator = await startSimulator({ limits: 'off', tooSmallAudience: 'accept' })
  const env = { ROLLCALL_HOME: join(dir, 'home'), ROLLCALL_PINTEREST_API: simulator.url }
  const platform = await openPlatform(env)
  const queue = await openQueue({
    connection: platform.store.connection,
    limits: platform.limits,
    onError: (error) => console.error(error.message),
  })
  const closing = new AbortController()
  const workers = new Map<number, ChildProcess>()
  try {
    await use({
      platform,
      simulator,
      workers,
      dir,
      ask: askOf(platform, queue, closing.signal),
      startWorker: async () => startWorker(platform, simulator, dir, workers),
    })
  } finally {
    closing.abort()
    for (const worker of workers.values()) {
      const gone = once(worker, 'exit')
      if (worker.kill('SIGKILL')) await gone
    }
    await queue.close(1_000)
    await platform.store.close()
    await simulator.close()
    await rm(dir, { recursive: true, force: true })
  }
}

/** The API, without a socket. */
function askOf(
  platform: Platform,
  queue: Awaited<ReturnType<typeof openQueue>>,
  closing: AbortSignal,
): Bench['ask'] {
  const app = serviceApp(platform, queue, { webFolder: null, closing })
  return async (method, path, body) => {
    const headers = { 'content-type': 'application/json' }
    const sent = body === undefined ? { method } : { method, headers, body: JSON.stringify(body) }
    const answer = await app.request(`/api/v1${path}`, sent)
    const text = await answer.text()
    if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
    return JSON.parse(text) as never
  }
}

/** Each has a data folder of its own, as on a machine of its own. */
async function startWorker(
  { store, home }: Platform,
  simulator: Simulator,
  dir: string,
  workers: Map<number, ChildProcess>,
): Promise<void> {
  const { host, password, database } = store.connection
  const folder = await mkdtemp(join(dir, 'worker-'))
  await writeFile(join(folder, 'settings.json'), JSON.stringify(LIMITS))
  const worker = spawn(process.execPath, ['bin/rollcall.js', 'worker', '--log-level', 'error'], {
    env: {
      ...process.env,
      ROLLCALL_HOME: folder,
      ROLLCALL_PINTEREST_API: simulator.url,
      ROLLCALL_SECRET_KEY_FILE: home.secretKeyFile,
      DATABASE_URL: `postgres:///${String(database)}?host=${encodeURIComponent(String(host))}&port=5432&user=rollcall&password=${String(password)}`,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const { pid = Number.NaN } = worker
  workers.set(pid, worker)
  worker.once('exit', () => workers.delete(pid))
  let said = ''
  await new Promise<void>((resolve, reject) => {
    worker.stderr?.on('data', (piece: Buffer) => {
      said += piece.toString()
      if (said.includes('Ctrl-C')) resolve()
    })
    worker.once('exit', () => reject(new Error(`a worker ended: ${said}`)))
  })
}

await main()
