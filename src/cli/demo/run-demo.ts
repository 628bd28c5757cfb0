import { EventEmitter } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startSimulator } from '../../../simulator/main.ts'
import type { Simulator } from '../../../simulator/main.ts'
import { demoOptions } from '../../../simulator/options.ts'
import { createTickets } from '../../access/tickets.ts'
import { newSecret } from '../../access/tokens.ts'
import { RollcallError } from '../../base/rollcall-error.ts'
import { count } from '../../base/words.ts'
import { bold, dim } from '../output.ts'
import { watchNpm } from '../npm-parent.ts'
import { runService } from '../service.ts'
import type { Ready } from '../service.ts'
import { catchSignals } from '../with-services.ts'
import { signInDemo } from './demo-client.ts'
import { CUSTOMERS } from './sample-data.ts'
import { say, tellStory } from './story.ts'

/**
 * The service with sample data and a local Pinterest, in a folder that is removed at the end: no account, nothing left behind.
 * All that is there was made and run through the API.
 */

interface Address {
  readonly host: string
  readonly port: number
}

/** Runs the demo until Ctrl-C or SIGTERM, and removes all that it made. */
export async function runDemo(wanted: Address): Promise<void> {
  const interruption = catchSignals()
  const npmGone = new AbortController()
  const unwatch = await watchNpm(process.env, () => npmGone.abort())
  const signal = AbortSignal.any([interruption.signal, npmGone.signal])
  say(
    'Rollcall keeps Pinterest customer lists exactly in step with your customers.',
    `This demo has a made-up shop of ${count(CUSTOMERS)} customers and a local Pinterest. It needs no account, sends`,
    'nothing anywhere and removes everything it created when it ends.',
    '',
    dim('Starting PostgreSQL, the local Pinterest and the service …'),
  )
  const folder = await temporaryFolder()
  try {
    const simulator = await startSimulator(demoOptions)
    const address = { ...wanted, port: await freePort(wanted) }
    try {
      await serveDemo({ folder, simulator, address, signal })
    } finally {
      await simulator.close()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
    unwatch()
    interruption.close()
  }
}

/** Error: `wrong_usage` where nothing can be written. */
async function temporaryFolder(): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), 'rollcall-demo-'))
  } catch (error) {
    const { code = 'unknown reason' } = error as NodeJS.ErrnoException
    const detail = `Cannot write to ${tmpdir()}, the folder for temporary files (${code}). Set TMPDIR to another folder.`
    throw new RollcallError('wrong_usage', { detail }, { cause: error })
  }
}

interface Stage {
  readonly folder: string
  readonly simulator: Simulator
  readonly address: Address
  readonly signal: AbortSignal
}

async function serveDemo(stage: Stage): Promise<void> {
  const { folder, simulator, address, signal } = stage
  const env = environmentOf(folder, simulator)
  const over = new AbortController()
  const ready = Promise.withResolvers<Ready>()
  const taken = new EventEmitter()
  const tickets = createTickets(() => taken.emit('ticket'))
  const ended = runService({
    env,
    parts: { server: address, worker: true },
    logLevel: 'warn',
    keyLost: false,
    signal: AbortSignal.any([signal, over.signal]),
    demo: { tickets },
    onReady: ready.resolve,
  })
  try {
    const started = await Promise.race([ready.promise, ended])
    if (started?.url == null || started.administrator === null) return
    const { url, administrator } = started
    say(dim('Running. Creating sample data …'))
    const client = await signInDemo(url, tickets.issue(administrator.id), signal)
    await tellStory(client, stage)
    const entrance = (): string => `${url}/sign-in#ticket=${tickets.issue(administrator.id)}`
    // Another browser, or the same one after signing out.
    taken.on('ticket', () => say(dim(`Signed in. For another browser: ${entrance()}`)))
    sayWhereItIs(entrance(), env)
    await ended
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    if (signal.aborted) say('', dim('Ending and removing everything the demo created …'))
    over.abort()
    await ended
  }
}

/** Nothing of what the shell is set up for: the demo brings its own database, key and Pinterest. */
function environmentOf(folder: string, simulator: Simulator): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(?:ROLLCALL_|PINTEREST_|DATABASE_URL$|(?:HTTPS?|NO)_PROXY$)/i.test(name),
  )
  return {
    ...Object.fromEntries(own),
    ROLLCALL_HOME: join(folder, 'home'),
    ROLLCALL_PINTEREST_API: simulator.url,
    // A receiver to try webhooks with is most likely on this machine.
    ROLLCALL_WEBHOOK_HOSTS: 'localhost, 127.0.0.0/8, ::1',
    ROLLCALL_ADMIN_EMAIL: 'demo@example.com',
    ROLLCALL_ADMIN_PASSWORD: newSecret(),
  }
}

function sayWhereItIs(entrance: string, env: NodeJS.ProcessEnv): void {
  const home = `ROLLCALL_HOME=${env['ROLLCALL_HOME'] ?? ''}`
  const api = `ROLLCALL_PINTEREST_API=${env['ROLLCALL_PINTEREST_API'] ?? ''}`
  say(
    '',
    bold('Open the console at this address, which signs you in once:'),
    '',
    `  ${entrance}`,
    '',
    dim('On the command line, in another terminal:'),
    dim(`  export ${home} ${api}`),
    dim('  npm run -s rollcall -- workflows list'),
    '',
    'Press Ctrl-C to end the demo.',
  )
}

/** The port that is wanted, or any free one when another program has it. */
async function freePort({ host, port }: Address): Promise<number> {
  const probe = createServer()
  const listening = await new Promise<boolean>((resolve) => {
    probe.once('error', () => resolve(false))
    probe.listen(port, host, () => resolve(true))
  })
  // What is wrong with the address itself, the server says.
  if (!listening) return port === 0 ? 0 : freePort({ host, port: 0 })
  const bound = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  return typeof bound === 'object' && bound !== null ? bound.port : port
}
