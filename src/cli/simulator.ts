import { Command, InvalidArgumentError } from '@commander-js/extra-typings'
import { createOutput, printError } from './output.ts'

export function simulatorCommand() {
  return new Command('simulator')
    .description('run a local Pinterest to try everything on')
    .option('--port <port>', 'port on 127.0.0.1; 0 takes a free one', port, 8765)
    .option('--state <file>', 'keep what it knows there, for the next start')
    .option('--json', 'print one JSON object', false)
    .action(async (options) => {
      const output = createOutput(options.json)
      try {
        const { describeSimulator, runSimulator } = await import('../../simulator/main.ts')
        const controller = new AbortController()
        for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
          process.once(name, () => controller.abort())
        await runSimulator(
          { port: options.port, ...(options.state === undefined ? {} : { stateFile: options.state }) },
          (simulator) => {
            const lines = [...describeSimulator(simulator).split('\n'), '', 'Ctrl-C ends it.']
            output.result({ url: simulator.url, control: simulator.controlUrl, port: simulator.port }, lines)
          },
          controller.signal,
        )
      } catch (error) {
        printError(output, error)
      }
    })
}

function port(text: string): number {
  if (/^\d+$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new InvalidArgumentError('It takes a port number from 0 to 65535.')
}
