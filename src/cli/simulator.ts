import { Command, InvalidArgumentError } from '@commander-js/extra-typings'
import { RollcallError } from '../base/rollcall-error.ts'
import { watchNpm } from './npm-parent.ts'
import { createOutput, printError } from './output.ts'

export function simulatorCommand() {
  return new Command('simulator')
    .description('run a local Pinterest to try things out')
    .option('--port <port>', 'port on 127.0.0.1; 0 picks a free one', port, 8765)
    .option('--state <file>', 'keep its state in this file for the next start')
    .option('--json', 'print one JSON object', false)
    .action(async (options) => {
      const output = createOutput(options.json)
      try {
        const { describeSimulator, runSimulator } = await import('../../simulator/main.ts')
        const controller = new AbortController()
        for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
          process.once(name, () => controller.abort())
        const unwatch = await watchNpm(process.env, () => controller.abort())
        await runSimulator(
          { port: options.port, ...(options.state === undefined ? {} : { stateFile: options.state }) },
          (simulator) => {
            const lines = [...describeSimulator(simulator).split('\n'), '', 'Press Ctrl-C to end it.']
            output.result({ url: simulator.url, control: simulator.controlUrl, port: simulator.port }, lines)
          },
          controller.signal,
        ).finally(unwatch)
      } catch (error) {
        printError(output, whyNotListening(error, options.port) ?? error)
      }
    })
}

/** The simulator's port cannot be had; null for any other error. */
function whyNotListening(error: unknown, wanted: number): RollcallError | null {
  const { code, syscall } = Object(error) as NodeJS.ErrnoException
  if (syscall !== 'listen') return null
  const reason = code === 'EADDRINUSE' ? 'is in use' : `cannot be used (${String(code)})`
  const detail = `Port ${wanted} of 127.0.0.1 ${reason}. Choose another port with --port, or 0 for a free one.`
  return new RollcallError('wrong_usage', { detail }, { cause: error })
}

function port(text: string): number {
  if (/^\d+$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new InvalidArgumentError('Use a port number from 0 to 65535.')
}
