import { Control } from './control.ts'
import { DEMO_APP, demoOptions } from './options.ts'
import { keepState } from './state-file.ts'
import { AD_ACCOUNTS } from './seed.ts'
import { addressOf, listen, stop } from './server.ts'
import { World } from './world.ts'
import type { SimulatorOptions } from './options.ts'
import type { Faults } from './faults.ts'

export { FAULT_KINDS } from './faults.ts'
export { DEMO_APP } from './options.ts'
export { AD_ACCOUNTS } from './seed.ts'
export { SENTINEL_TOKENS, SENTINELS } from './sentinels.ts'
export type { ListReport } from './control.ts'
export type { Control } from './control.ts'
export type { Fault, FaultKind, FaultPlan, FaultRule, RandomFaults } from './faults.ts'
export type { SimulatorOptions } from './options.ts'
export type { CallRecord, StatsReport } from './stats.ts'

/** A running simulator. */
export interface Simulator {
  /** Base URL of the API, ends in `/v5`. */
  readonly url: string
  /** Base URL of the control API, ends in `/simulator`. */
  readonly controlUrl: string
  readonly port: number
  readonly app: typeof DEMO_APP
  readonly control: Control
  readonly faults: Faults
  /** Ends all connections and frees the port; resolves when nothing is left. */
  close(): Promise<void>
}

/** Starts a local Pinterest on 127.0.0.1. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const world = new World(options)
  const control = new Control(world)
  const keeper = options.stateFile === undefined ? null : await keepState(world, options.stateFile)
  const server = await listen(world, control, options.port ?? 0)
  const { origin, port } = addressOf(server)
  const close = async (): Promise<void> => {
    world.close()
    await stop(server)
    await keeper?.close()
  }
  return {
    url: `${origin}/v5`,
    controlUrl: `${origin}/simulator`,
    port,
    app: DEMO_APP,
    control,
    faults: world.faults,
    close,
  }
}

/** What a person needs to use it: environment variables ready to paste, and an ad account. */
export function describeSimulator(simulator: Simulator): string {
  return [
    `export ROLLCALL_PINTEREST_API=${simulator.url}`,
    `export PINTEREST_APP_ID=${simulator.app.id}`,
    `export PINTEREST_APP_SECRET=${simulator.app.secret}`,
    `export PINTEREST_REFRESH_TOKEN=${simulator.app.refreshToken}`,
    '# Use this refresh token in only one Rollcall: each renewal ends the previous token.',
    '# For a new one, restart the simulator without its state file.',
    '',
    `# ad account to use:  ${AD_ACCOUNTS.owned}`,
    `# only reports:       ${AD_ACCOUNTS.analyst}`,
    `# lists and members:  ${simulator.controlUrl}/lists`,
  ].join('\n')
}

/** Runs a simulator for people until `signal` says stop. `onStart` can show where it is. */
export async function runSimulator(
  options: SimulatorOptions,
  onStart: (simulator: Simulator) => void,
  signal: AbortSignal,
): Promise<void> {
  const simulator = await startSimulator({ ...demoOptions, ...options })
  onStart(simulator)
  if (!signal.aborted) {
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
  }
  await simulator.close()
}
