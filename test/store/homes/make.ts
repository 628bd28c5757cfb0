import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import { AD_ACCOUNTS, startSimulator } from '../../../simulator/main.ts'
import type { FaultKind, FaultRule, Simulator } from '../../../simulator/main.ts'
import { defaultLimits } from '../../../src/base/limits.ts'
import { openHome } from '../../../src/store/home.ts'
import { migrations } from '../../../src/store/migrate.ts'
import type { Tables } from '../../../src/store/schema.ts'
import { openStore } from '../../../src/store/store.ts'
import { makeFolder } from '../../support/folder.ts'
import { CHECKOUT, cleanEnv } from '../../support/processes.ts'
import { answersOf } from './answers.ts'
import { writeHome } from './stored-home.ts'
import type { StoredHome } from './stored-home.ts'

/**
 * `node test/store/homes/make.ts` writes the database of a real home that this version makes, for the migrations that come later: the demo,
 * then runs that meet everything that can go wrong between Rollcall and Pinterest. Secrets are left out.
 */

/** What the demo says once all of its sample data is there. */
const READY = 'Press Ctrl-C to end the demo.'

interface Demo {
  readonly home: string
  readonly end: () => Promise<void>
}

async function startDemo(temp: string): Promise<Demo> {
  const child = spawn(
    process.execPath,
    [join(CHECKOUT, 'bin/rollcall.js'), 'start', '--demo', '--port', '0'],
    {
      env: cleanEnv({ TMPDIR: temp }),
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const ended = once(child, 'close')
  let home = ''
  for await (const line of createInterface({ input: child.stdout })) {
    home = /ROLLCALL_HOME=(\S+)/.exec(line)?.[1] ?? home
    if (line === READY) break
  }
  child.stdout.resume()
  const end = async (): Promise<void> => {
    child.kill('SIGINT')
    await ended
  }
  return { home, end }
}

const limits = {
  batchSize: 40,
  requestTimeoutMs: 300,
  retryForMs: 100,
  retryBackoffMs: 1,
  batchesInFlight: 2,
}

const customers = (count: number, from = 0): string =>
  ['email', ...Array.from({ length: count }, (_, index) => `person${from + index}@example.com`), ''].join(
    '\n',
  )

/** One run on the command line, with what Pinterest does to its requests; killed once so many calls were made. */
interface Trial {
  readonly list: string
  readonly members: readonly [count: number, from?: number]
  readonly faults?: readonly FaultRule[]
  readonly killedAfter?: number
}

const update = (kind: FaultKind, times: number, nth = 1): FaultRule => ({
  operation: 'customer_lists/update',
  kind,
  times,
  nth,
})
const create = (kind: FaultKind): FaultRule => ({ operation: 'customer_lists/create', kind, times: 1 })

const trials: readonly Trial[] = [
  { list: 'Too large at first', members: [300], faults: [update('413', 3, 2)] },
  { list: 'Answers lost on the way', members: [300], faults: [update('lost-after', 2, 2)] },
  { list: 'Made without an answer', members: [200], faults: [create('lost-after')] },
  { list: 'Broken off', members: [400], faults: [update('hang-after', 100, 4)] },
  { list: 'Refused', members: [300], faults: [update('400-1', 100, 3)] },
  { list: 'Ended early', members: [400], faults: [update('lost-after', 100, 3)] },
  { list: 'Ended early', members: [380, 60] },
  { list: 'Halved without an answer', members: [300] },
  { list: 'Halved without an answer', members: [380, 60], faults: [update('lost-after', 100)] },
  { list: 'Killed', members: [300] },
  { list: 'Killed', members: [600, 60], faults: [update('hang-after', 100, 5)], killedAfter: 6 },
]

interface Line {
  readonly env: NodeJS.ProcessEnv
  readonly simulator: Simulator
  readonly folder: string
}

function commandOf({ env }: Line, args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [join(CHECKOUT, 'bin/rollcall.js'), ...args], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

async function runTrial(line: Line, { list, members, faults = [], killedAfter }: Trial): Promise<void> {
  const file = join(line.folder, 'customers.csv')
  await writeFile(file, customers(...members))
  line.simulator.faults.plan({ rules: faults })
  const calls = line.simulator.control.calls().length
  const options = ['--from', file, '--ad-account', AD_ACCOUNTS.owned, '--list', list, '--yes']
  const child = commandOf(line, ['sync', ...options])
  const ended = once(child, 'close')
  if (killedAfter !== undefined) {
    while (child.exitCode === null && line.simulator.control.calls().length < calls + killedAfter)
      await new Promise((resolve) => void setTimeout(resolve, 5))
    child.kill('SIGKILL')
  }
  await ended
  line.simulator.faults.clear()
}

/** Takes up the run that met lost answers, at a Pinterest that finds its batches too large, and then wants no more. */
async function halveUnanswered(line: Line, db: Kysely<Tables>): Promise<void> {
  line.simulator.faults.plan({ rules: [update('413', 1), update('400-1', 100, 2)] })
  const { rows } = await sql<{
    id: string
  }>`select w.id from workflow w join customer_list l on l.id = w.subject
    where l.name = 'Halved without an answer' order by w.number desc limit 1`.execute(db)
  await once(commandOf(line, ['resolve', rows[0]?.id ?? '', 'retry']), 'close')
  line.simulator.faults.clear()
}

/** Columns that hold secrets, or what is made from them. */
const SECRET: ReadonlySet<string> = new Set([
  'sealed',
  'seed_digest',
  'password_hash',
  'token_digest',
  'previous_digest',
])

/** Files are no part of it, and sessions and limits of the moment none that lasts. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  'session',
  'stored_file',
  'rate_slot',
  'lock_lease',
  'idempotency',
])

async function tablesOf(db: Kysely<Tables>): Promise<StoredHome['tables']> {
  const { rows: names } = await sql<{ name: string }>`select tablename as name from pg_tables
    where schemaname = 'public' and tablename not like 'kysely%' order by 1`.execute(db)
  const tables: Record<string, object[]> = {}
  for (const { name } of names.filter(({ name: table }) => !LEFT_OUT.has(table))) {
    const { rows } = await sql<{ row: object }>`select to_jsonb(t) as row from ${sql.table(name)} t
      order by t::text`.execute(db)
    if (rows.length > 0) tables[name] = rows.map(({ row }) => withoutSecrets(row))
  }
  return tables
}

function withoutSecrets(row: object): object {
  return JSON.parse(JSON.stringify(row), (name, value: unknown) =>
    SECRET.has(name) && value !== null ? 'left out' : value,
  ) as object
}

async function main(): Promise<void> {
  const temp = await makeFolder('made-home')
  const simulator = await startSimulator({ limits: 'off', strict: true, tooSmallAudience: 'accept' })
  const demo = await startDemo(temp.dir)
  try {
    await writeFile(join(demo.home, 'settings.json'), JSON.stringify(limits))
    const env = cleanEnv({
      ROLLCALL_HOME: demo.home,
      ROLLCALL_PINTEREST_API: simulator.url,
      PINTEREST_APP_ID: simulator.app.id,
      PINTEREST_APP_SECRET: simulator.app.secret,
      PINTEREST_REFRESH_TOKEN: simulator.app.refreshToken,
    })
    const line: Line = { env, simulator, folder: temp.dir }
    const home = await openHome({ ROLLCALL_HOME: demo.home })
    const store = await openStore({ home, env: {}, limits: defaultLimits })
    for (const trial of trials) await runTrial(line, trial)
    await halveUnanswered(line, store.db)
    const answers = await answersOf(store.db)
    const tables = await tablesOf(store.db)
    await store.close()
    const version = Object.keys(migrations).at(-1) ?? ''
    await writeHome({ version, tables, answers }, (text) => text.replaceAll(temp.dir, '/srv'))
  } finally {
    await demo.end()
    await simulator.close()
    await temp.remove()
  }
}

await main()
