import { createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { startSimulator } from '../simulator/main.ts'
import type { Simulator } from '../simulator/main.ts'
import { changeShop, generateShop } from '../simulator/shop.ts'
import { measure, median } from './measure.ts'
import type { Measured } from './measure.ts'

/**
 * Speed of the whole product, command by command in processes of their own, beside the bare engine on the same file in the same
 * run. Usage: `npm run bench -- [ROWS …] [--rounds N] [--no-budget]`. Writes below the temporary folder and removes it.
 */

const root = join(import.meta.dirname, '..')
const bin = join(root, 'bin/rollcall.js')
const ACCOUNT = '549755880001'
/** One row in a hundred differs: half of them left, half joined. */
const CHANGE = { joined: 0.005, left: 0.005 }

interface Place {
  readonly dir: string
  readonly env: NodeJS.ProcessEnv
}

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { rounds: { type: 'string', default: '3' }, 'no-budget': { type: 'boolean', default: false } },
  })
  const sizes = positionals.length === 0 ? [100_000, 1_000_000, 10_000_000] : positionals.map(Number)
  const dir = await mkdtemp(join(tmpdir(), 'rollcall-bench-'))
  console.log(`${cpus().length} cores, Node ${process.versions.node}; medians of ${values.rounds} rounds\n`)
  try {
    for (const rows of sizes) await benchSize({ dir, rows, rounds: Number(values.rounds) })
    if (!values['no-budget']) await benchBudget(dir)
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

async function benchSize(options: { dir: string; rows: number; rounds: number }): Promise<void> {
  const { dir, rows, rounds } = options
  const shop = { customers: rows, seed: 7 }
  const file = join(dir, 'customers.csv')
  const changed = join(dir, 'changed.csv')
  await pipeline(Readable.from(generateShop(shop)), createWriteStream(file))
  await pipeline(Readable.from(generateShop(changeShop(shop, CHANGE))), createWriteStream(changed))
  const measured = new Map<string, Measured[]>()
  const note = (name: string, result: Measured): unknown =>
    measured.set(name, [...(measured.get(name) ?? []), result])
  for (let round = 0; round < rounds; round += 1) {
    await inPlace(dir, {}, async ({ env }) => {
      // The first command makes the data folder, which happens once in its life.
      await measure([bin, 'status', '--json'], env)
      note('bare engine', await measure([join(root, 'bench/bare.ts'), file], env))
      note('plan, first', await measure([bin, 'plan', ...jobOf(file)], env))
      note('plan with a query', await measure([bin, 'plan', ...jobOf(file), '--query', QUERY], env))
      note('sync, first run', await measure([bin, 'sync', ...jobOf(file)], env))
      note('plan, 1 % changed', await measure([bin, 'plan', ...jobOf(changed)], env))
      note('sync, 1 % changed', await measure([bin, 'sync', ...jobOf(changed)], env))
      note('sync, no change', await measure([bin, 'sync', ...jobOf(changed)], env))
    })
  }
  printTable(rows, measured)
}

/** Names a column of dates that has to be typed, and lets nearly all rows through. */
const QUERY = "SELECT email FROM input WHERE last_order >= DATE '2024-01-11'"

function jobOf(path: string): string[] {
  return ['--from', path, '--ad-account', ACCOUNT, '--list', 'Bench', '--json']
}

function printTable(rows: number, measured: ReadonlyMap<string, readonly Measured[]>): void {
  const seconds = (name: string): number => median((measured.get(name) ?? []).map((result) => result.seconds))
  console.log(
    `${rows.toLocaleString('en-US')} rows           seconds    rows/s   peak MiB   x bare   x first`,
  )
  for (const [name, results] of measured) {
    const cells = [
      seconds(name).toFixed(2).padStart(8),
      Math.round(rows / seconds(name))
        .toLocaleString('en-US')
        .padStart(11),
      String(Math.max(...results.map((result) => result.peakMiB))).padStart(8),
      (seconds(name) / seconds('bare engine')).toFixed(2).padStart(8),
      name.startsWith('sync') ? (seconds(name) / seconds('sync, first run')).toFixed(2).padStart(8) : '',
    ]
    console.log(`  ${name.padEnd(20)}${cells.join(' ')}`)
  }
  console.log('')
}

const BUDGET_ROWS = 900_000
const BUDGET_BATCH = 2_000
const MINUTE_MS = 60_000

/** Four hundred batches and more at the real budget, against the simulator's own strict limiter. */
async function benchBudget(dir: string): Promise<void> {
  const file = join(dir, 'budget.csv')
  await pipeline(Readable.from(generateShop({ customers: BUDGET_ROWS, seed: 9 })), createWriteStream(file))
  await inPlace(dir, { batchSize: BUDGET_BATCH }, async ({ env }, simulator) => {
    await measure([bin, 'sync', ...jobOf(file)], env)
    const times = simulator.control
      .calls()
      .filter(
        ({ operation }) => operation === 'customer_lists/create' || operation === 'customer_lists/update',
      )
      .map(({ atMs }) => atMs)
    const spanMs = Math.max(...times) - Math.min(...times)
    const perMinute = ((times.length - 1) * MINUTE_MS) / spanMs
    const share = Math.round((perMinute / 400) * 100)
    console.log(
      `${times.length} batches at the real budget: ${perMinute.toFixed(0)} writes a minute, ${share} % of 400; 429 provoked ${simulator.control.stats().provoked429} times`,
    )
  })
}

/** A fresh data folder and a simulator that keeps to Pinterest's limits, gone afterwards. */
async function inPlace(
  dir: string,
  limits: Record<string, number>,
  work: (place: Place, simulator: Simulator) => Promise<void>,
): Promise<void> {
  const simulator = await startSimulator({ latencyMs: 0 })
  const home = join(dir, 'home')
  await mkdir(home, { recursive: true })
  await writeFile(join(home, 'settings.json'), JSON.stringify(limits))
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    ROLLCALL_HOME: home,
    ROLLCALL_PINTEREST_API: simulator.url,
    PINTEREST_APP_ID: simulator.app.id,
    PINTEREST_APP_SECRET: simulator.app.secret,
    PINTEREST_REFRESH_TOKEN: simulator.app.refreshToken,
  }
  delete env['DATABASE_URL']
  try {
    await work({ dir, env }, simulator)
  } finally {
    await simulator.close()
    await rm(home, { recursive: true, force: true })
  }
}

await main()
