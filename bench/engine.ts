/**
 * Speed of the row engine against a bare engine run (scan, one check and SHA-256 of every address, nothing else), paired and
 * in fresh processes. Usage: `node bench/engine.ts [rows …] [--runs N] [--dir FOLDER]`. Data is written below a
 * temporary folder and removed.
 */
import { execFile } from 'node:child_process'
import { open, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { EMAIL_PATTERN } from '../src/audience/email.ts'
import { defaultLimits } from '../src/base/limits.ts'
import { createDuckdbEngine } from '../src/engine/duckdb/engine.ts'
import { csvScan } from '../src/engine/duckdb/scan-sql.ts'
import { withSession } from '../src/engine/duckdb/session.ts'
import { literal } from '../src/engine/duckdb/sql.ts'
import type { FileTable } from '../src/source/source.ts'

const COLUMNS = ['customer_id', 'email', 'first_name', 'total_spent', 'created_at']
const NAMES = ['anna', 'ben', 'carla', 'dave', 'erin', 'frank', 'gina', 'hugo']
const DOMAINS = ['gmail.test', 'yahoo.test', 'mail.example.co.uk', 'example.com', 'shop.example.org']
const signal = new AbortController().signal

interface Measured {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly peakMiB: number
}

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { runs: { type: 'string', default: '3' }, dir: { type: 'string' }, job: { type: 'string' } },
  })
  if (values.job !== undefined) return job(values.job, values.dir ?? '')
  const dir = await mkdtemp(join(values.dir ?? tmpdir(), 'rollcall-bench-'))
  try {
    for (const rows of positionals.length === 0 ? ['1000000'] : positionals)
      await measure(Number(rows), Number(values.runs), dir)
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

async function measure(rows: number, runs: number, dir: string): Promise<void> {
  await writeShop(join(dir, 'in.csv'), rows, false)
  await writeShop(join(dir, 'changed.csv'), rows, true)
  const names = ['bare', 'first', 'changed', 'same'] as const
  const results = new Map<string, Measured[]>(names.map((name) => [name, []]))
  for (let run = 0; run < runs; run += 1)
    for (const name of names) results.get(name)?.push(await inProcess(name, dir))
  const bare = median((results.get('bare') ?? []).map(({ seconds }) => seconds))
  const bareCpu = median((results.get('bare') ?? []).map(({ cpuSeconds }) => cpuSeconds))
  console.log(`${rows.toLocaleString('en-US')} rows, medians of ${runs}`)
  for (const [name, measured] of results) {
    const seconds = median(measured.map((result) => result.seconds))
    const cpu = median(measured.map((result) => result.cpuSeconds))
    const peak = Math.max(...measured.map((result) => result.peakMiB))
    const rate = (rows / seconds / 1e6).toFixed(2)
    console.log(
      `  ${name.padEnd(8)} ${seconds.toFixed(2)} s  ${rate} M rows/s  ${(seconds / bare).toFixed(2)} x bare  cpu ${cpu.toFixed(2)} s (${(cpu / bareCpu).toFixed(2)} x)  peak ${peak} MiB`,
    )
  }
}

async function inProcess(name: string, dir: string): Promise<Measured> {
  const script = fileURLToPath(import.meta.url)
  const { stdout } = await promisify(execFile)(process.execPath, [script, '--job', name, '--dir', dir])
  return JSON.parse(stdout) as Measured
}

async function job(name: string, dir: string): Promise<void> {
  const from = performance.now()
  if (name === 'bare') await bareRun(dir)
  else await engineRun(name, dir)
  const seconds = (performance.now() - from) / 1000
  const { user, system } = process.cpuUsage()
  const cpuSeconds = (user + system) / 1e6
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '')
  const peakKiB = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? process.resourceUsage().maxRSS)
  process.stdout.write(
    JSON.stringify({ seconds, cpuSeconds, peakMiB: Math.round(peakKiB / 1024) } satisfies Measured),
  )
}

function bareRun(dir: string): Promise<unknown> {
  const scan = csvScan(tableOf(join(dir, 'in.csv')), 1, defaultLimits.fieldBytesMax)
  const sql = `SELECT count(*), max(sha256(lower(v))) FROM (${scan}) WHERE regexp_full_match(lower(v), ${literal(EMAIL_PATTERN)})`
  return withSession({ limits: defaultLimits, tempDir: join(dir, 'temp'), signal }, (session) =>
    session.run(sql),
  )
}

/** `first` leaves its hash set behind for the other two. */
async function engineRun(name: string, dir: string): Promise<void> {
  const engine = createDuckdbEngine({ limits: defaultLimits, tempDir: join(dir, 'temp') })
  const path = join(dir, name === 'changed' ? 'changed.csv' : 'in.csv')
  const told = join(dir, 'told')
  const stageDir = join(dir, 'stage')
  const rows = {
    kind: 'files',
    tables: [tableOf(path)],
    query: null,
    emailColumn: 'email',
    bytesTotal: (await stat(path)).size,
  } as const
  await engine.prepare({
    rows,
    hashed: false,
    stageDir,
    rejectsFile: null,
    signal,
    onProgress: () => undefined,
  })
  await engine.compare({
    stageDir,
    toldDir: name === 'first' ? null : told,
    unsureDir: null,
    desiredDir: name === 'first' ? told : join(dir, 'desired'),
    spoolDir: join(dir, 'spool'),
    signal,
    onProgress: () => undefined,
  })
  await engine.close()
}

function tableOf(path: string): FileTable {
  return { format: 'csv', paths: [path], delimiter: ',', columns: COLUMNS, emailIndex: 1 }
}

/** A shop's customers with the usual dirt; with `changed`, every hundredth has another address. */
async function writeShop(path: string, rows: number, changed: boolean): Promise<void> {
  const file = await open(path, 'w')
  let text = `${COLUMNS.join(',')}\n`
  let state = 12_345
  const random = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  for (let row = 0; row < rows; row += 1) {
    const name = NAMES[random(NAMES.length)] ?? ''
    const address = `${changed && row % 100 === 0 ? 'new.' : ''}${name}.${random(1e9).toString(36)}${row}@${DOMAINS[random(DOMAINS.length)]}`
    text += `${row},${soiled(address, random(1000))},${name},${random(100_000) / 100},2024-0${1 + random(9)}-1${random(10)}T12:00:00Z\n`
    if (text.length > 2 ** 20) {
      await file.write(text)
      text = ''
    }
  }
  await file.write(text)
  await file.close()
}

function soiled(address: string, chance: number): string {
  if (chance < 10) return address.toUpperCase()
  if (chance < 20) return ` ${address} `
  if (chance < 25) return ''
  if (chance < 30) return address.replace('@', ' at ')
  return chance < 40 ? 'somebody@example.com' : address
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[values.length >> 1] ?? Number.NaN
}

await main()
