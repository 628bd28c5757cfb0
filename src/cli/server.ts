import { Command, InvalidArgumentError } from '@commander-js/extra-typings'
import type { OptionValues } from '@commander-js/extra-typings'
import { createOutput, printError } from './output.ts'
import { watchNpm } from './npm-parent.ts'
import { runService } from './service.ts'
import type { Ready, ServiceOptions } from './service.ts'

/** `server`, `worker` and `start`: the parts of the service, alone or in one process. */

export function serverCommand() {
  return addressed(
    new Command('server').description('serve the HTTP API and console; workers run the workflows'),
  ).action(async (options) => serve({ server: options, worker: false }, options))
}

export function workerCommand() {
  return common(
    new Command('worker').description('run workflows; any number of workers can share a database'),
  ).action(async (options) => serve({ server: null, worker: true }, options))
}

export function startCommand() {
  return addressed(new Command('start').description('run the server and a worker in one process'))
    .option('--demo', 'use sample data and a local Pinterest, in a folder that is removed at the end', false)
    .action(async (options) => {
      if (options.demo) return demo(options)
      await serve({ server: options, worker: true }, options)
    })
}

const LEVELS = 'how much is logged: silent, error, warn, info or debug'

function addressed(command: Command) {
  return common(
    command
      .option('--host <host>', 'address to listen on', process.env['ROLLCALL_HOST'] || '127.0.0.1')
      .option('--port <port>', 'port to listen on; 0 picks a free one', port, defaultPort()),
  )
}

function common<Args extends unknown[], Options extends OptionValues>(command: Command<Args, Options>) {
  return command
    .option('--log-level <level>', LEVELS, level, 'info')
    .option('--key-lost', 'start although stored secrets were sealed with a key that is lost', false)
}

const PORT = 7380

function defaultPort(): number {
  const set = process.env['ROLLCALL_PORT']
  return set === undefined || set === '' ? PORT : port(set)
}

async function serve(
  parts: ServiceOptions['parts'],
  { logLevel, keyLost }: Pick<ServiceOptions, 'logLevel' | 'keyLost'>,
): Promise<void> {
  const output = createOutput(false)
  const stop = new AbortController()
  // A signal may come twice, such as from a terminal and from npm in it; the second must not cut the end short.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stop.abort())
  const unwatch = await watchNpm(process.env, () => stop.abort())
  try {
    await runService({
      parts,
      logLevel,
      keyLost,
      env: process.env,
      signal: stop.signal,
      onReady: (ready) => {
        for (const line of readyLines(ready)) output.note(line)
      },
    })
  } catch (error) {
    printError(output, error)
  } finally {
    unwatch()
  }
}

function readyLines({ url, administrator }: Ready): string[] {
  if (url === null) return ['The worker is running. Press Ctrl-C to end it.']
  return [
    `Rollcall is running at ${url}. See its API at ${url}/api/docs. Press Ctrl-C to end it.`,
    ...(administrator === null
      ? []
      : [
          `The first administrator is ${administrator.email}; ${
            administrator.passwordFile === null
              ? 'the password is that of ROLLCALL_ADMIN_PASSWORD.'
              : `the one-time password is in ${administrator.passwordFile}.`
          }`,
        ]),
  ]
}

async function demo(address: { host: string; port: number }): Promise<void> {
  try {
    const { runDemo } = await import('./demo/run-demo.ts')
    await runDemo(address)
  } catch (error) {
    printError(createOutput(false), error)
  }
}

function port(text: string): number {
  if (/^\d+$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new InvalidArgumentError('Use a port number from 0 to 65535.')
}

function level(text: string): string {
  if (['silent', 'error', 'warn', 'info', 'debug'].includes(text)) return text
  throw new InvalidArgumentError('Use silent, error, warn, info or debug.')
}
