import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { getCompileCacheDir } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Limits } from '../../../base/limits.ts'
import { RollcallError } from '../../../base/rollcall-error.ts'
import { errorOf } from '../carried-error.ts'
import { makeTempFolder } from '../../../base/temp-folder.ts'
import { isHere } from './here.ts'
import { memoryOf } from './memory-of.ts'
import type { Answer, Request } from './messages.ts'
import { work } from './work.ts'
import type { ChildPlace } from './child-place.ts'

export interface ChildOptions {
  readonly limits: Limits
  /** The child gets a folder of its own in it, which is removed with it. */
  readonly tempDir: string
  /** Kills the child. */
  readonly signal: AbortSignal
  readonly onProgress?: (progress: unknown) => void
  /** What an error speaks of. */
  readonly subject: 'query' | 'files'
}

/** Node takes this much address space for itself, half of it for the thread that watches the parent. Most is never touched. */
const NODE_BYTES = 1_088 * 2 ** 20
/** What Node and the loaded engine hold, on top of the memory that the engine may take for rows. */
const BASE_BYTES = 256 * 2 ** 20
const HEAP_MB_MAX = 128
const WATCH_MS = 100

/**
 * Does one job of `jobs.ts` in a process of its own, unless this one is such a process. It is killed when the signal aborts, when it
 * holds more memory than it may, and when this process ends. Options and result travel as JSON. The environment does not: it holds
 * secrets.
 *
 * Throws what the job throws, `query_failed` when the child needed too much memory or crashed (`BrokenOff` when that was its own
 * doing), and the signal's reason.
 */
export async function runInChild(job: string, options: object, child: ChildOptions): Promise<unknown> {
  const { limits, signal } = child
  signal.throwIfAborted()
  const tempDir = await makeTempFolder(child.tempDir, 'child')
  try {
    const place: ChildPlace = { limits, tempDir }
    const request = { job, options: { ...options, ...place } }
    return await (isHere() ? workHere(request, child) : converse(start(limits), request, child))
  } finally {
    await rm(tempDir, { recursive: true, force: true })
  }
}

/** As a child would do it, where this process itself is there for it. */
async function workHere(request: Request, { signal, onProgress }: ChildOptions): Promise<unknown> {
  const sent = JSON.parse(JSON.stringify(request)) as Request
  const answer = await work(sent, (progress) => onProgress?.(progress))
  signal.throwIfAborted()
  if ('error' in answer) throw errorOf(answer.error)
  return JSON.parse(JSON.stringify(answer.result)) as unknown
}

/** Bytes that a child may hold. */
function memoryMax({ queryMemoryBytesMax, rowsMemoryBytesMax }: Limits): number {
  return Math.max(queryMemoryBytesMax, rowsMemoryBytesMax + BASE_BYTES)
}

/**
 * A shell sets what the system is to hold the child to, and becomes it. No memory of it is ever written to disk as a core, and
 * where memory runs short on the whole machine it goes first. On macOS the system limits no such thing; there the watch alone does.
 */
const LINUX = `ulimit -c 0; ulimit -d "$0"; echo 1000 > /proc/self/oom_score_adj; exec "$@"`
const OTHERS = `ulimit -c 0; exec "$@"`

function start(limits: Limits): ChildProcess {
  // Sources run as they are in development, and compiled when installed.
  const main = new URL(import.meta.url.endsWith('.ts') ? './main.ts' : './main.js', import.meta.url)
  const dataKib = Math.ceil((memoryMax(limits) + NODE_BYTES) / 1024)
  const node = [
    process.execPath,
    `--max-old-space-size=${HEAP_MB_MAX}`,
    fileURLToPath(main),
    String(process.pid),
  ]
  const script = process.platform === 'linux' ? LINUX : OTHERS
  return spawn('/bin/sh', ['-c', script, String(dataKib), ...node], {
    cwd: '/',
    env: environment(),
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
}

function environment(): Record<string, string> {
  const cache = getCompileCacheDir()
  const { TZ } = process.env
  return {
    UV_THREADPOOL_SIZE: '4',
    ...(cache === undefined ? {} : { NODE_COMPILE_CACHE: cache }),
    ...(TZ === undefined ? {} : { TZ }),
  }
}

async function converse(process: ChildProcess, request: Request, options: ChildOptions): Promise<unknown> {
  const { limits, signal, subject, onProgress } = options
  const max = memoryMax(limits)
  const answered = Promise.withResolvers<unknown>()
  let isTooLarge = false
  const kill = () => process.kill('SIGKILL')
  const look = async (): Promise<void> => {
    const bytes = await memoryOf(process.pid ?? 0)
    if (bytes === null || bytes <= max) return
    isTooLarge = true
    kill()
  }
  const watch = setInterval(() => void look(), WATCH_MS)
  const ended = new Promise<void>((resolve) => {
    process.once('close', (code, by) => {
      answered.reject(isTooLarge ? tooLarge(subject, max) : brokenOff(code, by, subject, max))
      resolve()
    })
  })
  process.once('error', (error) => answered.reject(error))
  process.on('message', (message: Answer) => {
    if ('progress' in message) onProgress?.(message.progress)
    else if ('result' in message) answered.resolve(message.result)
    else answered.reject(errorOf(message.error))
  })
  signal.addEventListener('abort', kill, { once: true })
  try {
    if (signal.aborted) kill()
    else process.send(request, () => undefined)
    return await answered.promise
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    kill()
    if (process.pid !== undefined) await ended
    clearInterval(watch)
    signal.removeEventListener('abort', kill)
  }
}

type Subject = ChildOptions['subject']

/** A child that ended by itself, at the query or at bytes that it read. */
export class BrokenOff extends RollcallError {
  /** Whether it may be that the system gave it no more memory. */
  readonly mayBeMemory: boolean

  constructor(detail: string, mayBeMemory: boolean) {
    super('query_failed', { detail })
    this.mayBeMemory = mayBeMemory
  }
}

/** How Node and the engine end when the system gives them no more memory, and what spoils their memory does too. */
const OUT_OF_MEMORY: ReadonlySet<string> = new Set(['SIGABRT', 'SIGTRAP'])

/** Of the system's loader, when there is no memory left for a library or a thread. */
const LIBRARY_NOT_LOADED = 127

function brokenOff(
  code: number | null,
  by: NodeJS.Signals | null,
  subject: Subject,
  max: number,
): RollcallError {
  // The system's own doing, where memory runs short.
  if (by === 'SIGKILL' || code === LIBRARY_NOT_LOADED) return tooLarge(subject, max)
  if (by !== null && OUT_OF_MEMORY.has(by)) return new BrokenOff(tooLargeText(subject, max), true)
  const how = by ?? (code === null ? 'without a word' : `exit code ${code}`)
  const detail =
    subject === 'query'
      ? `the query crashed the process that ran it (${how}). Simplify it.`
      : `the process that read the files ended (${how}).`
  return new BrokenOff(detail, false)
}

function tooLarge(subject: Subject, max: number): RollcallError {
  return new RollcallError('query_failed', { detail: tooLargeText(subject, max) })
}

function tooLargeText(subject: Subject, max: number): string {
  const mib = Math.floor(max / 2 ** 20).toLocaleString('en-US')
  return subject === 'query'
    ? `the query needed more memory than ${mib} MiB (limit queryMemoryBytesMax). Return fewer or smaller values.`
    : `reading the files needed more memory than ${mib} MiB (limit queryMemoryBytesMax). Set a higher limit.`
}
