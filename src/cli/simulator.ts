import { Command, InvalidArgumentError } from '@commander-js/extra-typings'
import { createOutput, printError } from './output.ts'

export function simulatorCommand() {
  return new Command('simulator')
    .description('run a local Pinterest to try everything on')
    .option('--port <port>', 'port on 127.0.0.1; 0 takes a free one', port, 8765)
    .option('--json', 'print one JSON object', false)
    .action(async (options) => {
      const output = createOutput(options.json)
      try {
        const { describeSimulator, startSimulator } = await import('../../simulator/main.ts')
        const simulator = await startSimulator({ port: options.port })
        output.result({ url: simulator.url, port: simulator.port }, [
          ...describeSimulator(simulator).split('\n'),
          '',
          'Ctrl-C ends it.',
        ])
        await new Promise<void>((resolve) => {
          for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve())
        })
        await simulator.close()
      } catch (error) {
        printError(output, error)
      }
    })
}

function port(text: string): number {
  if (/^\d+$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new InvalidArgumentError('It takes a port number from 0 to 65535.')
}
