import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'

export const CHECKOUT = resolve(import.meta.dirname, '../..')

export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>
  /** Run as this user and group. Only root may. */
  readonly uid?: number
  readonly cwd?: string
}

export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Environment of a child: what a program needs, and nothing that the shell is set up for. It compiles nothing that others did. */
export function cleanEnv(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const { PATH, NODE_COMPILE_CACHE } = process.env
  return { PATH, NODE_COMPILE_CACHE, LANG: 'C.UTF-8', ...extra }
}

function start(file: string, args: readonly string[], options: ProgramOptions): ChildProcess {
  const { uid, env, cwd = '/' } = options
  const user = uid === undefined ? {} : { uid, gid: uid }
  return spawn(process.execPath, [resolve(CHECKOUT, file), ...args], { cwd, env: cleanEnv(env), ...user })
}

/**
 * Runs a program of the checkout with this Node to its end. `onStderr` is told all that it has written there so far,
 * and may end it.
 */
export async function runProgram(
  file: string,
  args: readonly string[] = [],
  options: ProgramOptions & { onStderr?: (text: string, child: ChildProcess) => void } = {},
): Promise<Ended> {
  const child = start(file, args, options)
  child.stdin?.end()
  let stdout = ''
  let stderr = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
    options.onStderr?.(stderr, child)
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}

/** A program that answers every line it gets with one line, until its input ends. */
export interface Conversation {
  readonly pid: number
  /** Sends a line, when there is one, and gives the next line of the answer. */
  readonly ask: (line?: string) => Promise<string>
  /** Sends a signal, and gives the exit code once it has ended; null when the signal ended it. */
  readonly kill: (signal: NodeJS.Signals) => Promise<number | null>
  /** Resolves once it has ended. */
  readonly ended: Promise<unknown>
}

/** Starts such a program; it is killed when the test ends. */
export function converse(file: string, args: readonly string[], options: ProgramOptions = {}): Conversation {
  const child = start(file, args, options)
  const { stdout, stdin } = child
  if (stdout === null || stdin === null || child.pid === undefined) throw new Error(`${file} did not start`)
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  stdin.on('error', () => {})
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]()
  const ended = once(child, 'close')
  const kill = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal)
    const [code] = (await ended) as [number | null]
    return code
  }
  onTestFinished(async () => void (await kill('SIGKILL')))
  return {
    pid: child.pid,
    kill,
    ended,
    ask: async (line) => {
      if (line !== undefined) stdin.write(`${line}\n`)
      const next = await lines.next()
      if (next.done !== true) return next.value
      await ended
      throw new Error(`${file} ended: ${stderr}`)
    },
  }
}

/** Numbers of all processes whose command line names this. */
export function processesNaming(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => commandOf(pid).includes(text))
    .map(Number)
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

export const isRoot = process.getuid?.() === 0
/** An ordinary user that every system has room for. */
export const NOBODY = 65_534
