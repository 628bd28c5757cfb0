import { Readable } from 'node:stream'
import { main } from '../../src/cli/main.ts'
import { cleanEnv } from './processes.ts'
import type { Ended, ProgramOptions } from './processes.ts'

/**
 * The command line in the process of the test: what `bin/rollcall.js` runs, without the half second that a process takes to load it.
 * What a process of its own does differently, such as signals and locks, is tested with `runProgram`.
 */

type Options = Pick<ProgramOptions, 'cwd' | 'env'>

let last: Promise<unknown> = Promise.resolve()

/**
 * Runs a command line to its end, with the environment, the working folder and the streams of a process that has no terminal. All of
 * these are the test's own again afterwards. One runs at a time.
 */
export async function runHere(args: readonly string[], options: Options = {}): Promise<Ended> {
  const next = last.then(async () => runNow(args, options))
  last = next.catch(() => undefined)
  return next
}

async function runNow(args: readonly string[], { cwd = '/', env }: Options): Promise<Ended> {
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  const back = [
    becomeEnv(cleanEnv(env)),
    becomeFolder(cwd),
    becomeStream('stdout', stdout),
    becomeStream('stderr', stderr),
    becomeStdin(),
    keepListeners(process, ['SIGINT', 'SIGTERM', 'SIGHUP']),
    keepListeners(process.stdout, ['error']),
    becomeExitCode(),
  ]
  try {
    await main(args)
    return { code: Number(process.exitCode ?? 0), stdout: textOf(stdout), stderr: textOf(stderr) }
  } finally {
    for (const undo of back) undo()
  }
}

function textOf(pieces: readonly Buffer[]): string {
  return Buffer.concat(pieces).toString('utf8')
}

type Undo = () => void

function becomeEnv(env: NodeJS.ProcessEnv): Undo {
  const own = { ...process.env }
  setEnv(env)
  return () => setEnv(own)
}

/** Not another object: some of Node's own parts read the variables of the process itself. */
function setEnv(wanted: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(process.env)) delete process.env[name]
  for (const [name, value] of Object.entries(wanted)) if (value !== undefined) process.env[name] = value
}

function becomeFolder(dir: string): Undo {
  const own = process.cwd()
  process.chdir(dir)
  return () => process.chdir(own)
}

function becomeStream(name: 'stdout' | 'stderr', pieces: Buffer[]): Undo {
  const write = (piece: string | Uint8Array): boolean => {
    pieces.push(Buffer.from(piece as Uint8Array))
    return true
  }
  const back = [replace(process[name], 'write', write), replace(process[name], 'isTTY', false)]
  return () => {
    for (const undo of back) undo()
  }
}

/** Standard input that has ended. */
function becomeStdin(): Undo {
  return replace(process, 'stdin', Readable.from([]))
}

function replace(object: object, name: string, value: unknown): Undo {
  const own = Object.getOwnPropertyDescriptor(object, name)
  Object.defineProperty(object, name, { configurable: true, writable: true, value })
  return () => {
    if (own === undefined) Reflect.deleteProperty(object, name)
    else Object.defineProperty(object, name, own)
  }
}

/** A process of its own would end with the listeners that it set. */
function keepListeners(emitter: NodeJS.EventEmitter, names: readonly string[]): Undo {
  const own = names.map((name) => [name, emitter.listeners(name)] as const)
  return () => {
    for (const [name, listeners] of own)
      for (const listener of emitter.listeners(name))
        if (!listeners.includes(listener)) emitter.off(name, listener as () => void)
  }
}

function becomeExitCode(): Undo {
  const own = process.exitCode
  process.exitCode = undefined
  return () => {
    process.exitCode = own
  }
}
