import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** One run of a program, as a stopwatch and the system see it. */
export interface Measured {
  readonly seconds: number
  /** Largest resident size of the process and those it started, the embedded database apart. */
  readonly peakMiB: number
  readonly stdout: string
  readonly code: number
}

const SAMPLE_MS = 20

/** Runs `node ARGS` and measures it from start to end. */
export async function measure(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Measured> {
  const fromMs = performance.now()
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  let peakKiB = 0
  const timer = setInterval(() => {
    peakKiB = Math.max(peakKiB, residentKiB(child.pid ?? 0) + childrenKiB(child.pid ?? 0))
  }, SAMPLE_MS)
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status) => resolve(status ?? 1))
  })
  clearInterval(timer)
  const seconds = (performance.now() - fromMs) / 1000
  if (code !== 0)
    throw new Error(`${args.join(' ')} ended with ${code}: ${stderr.slice(-2000)} ${stdout.slice(-2000)}`)
  return { seconds, peakMiB: Math.round(peakKiB / 1024), stdout, code }
}

/** Highest resident size that the process had so far; Linux only. */
function residentKiB(pid: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0)
}

/**
 * What the processes that it started hold for themselves now, such as the one that runs a query: the program is loaded once for all. The
 * embedded database is not of them.
 */
function childrenKiB(pid: number): number {
  const pids = read(`/proc/${pid}/task/${pid}/children`)
    .split(' ')
    .filter((text) => text !== '')
  const own = pids.filter((child) => !/postgres/.test(read(`/proc/${child}/cmdline`)))
  return own.reduce(
    (sum, child) => sum + Number(/RssAnon:\s+(\d+)/.exec(read(`/proc/${child}/status`))?.[1] ?? 0),
    0,
  )
}

/** What the system says, or nothing once the process has ended. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2
}
