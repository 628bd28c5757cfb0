import { Command } from '@commander-js/extra-typings'
import { createOutput, printError } from './output.ts'

export function startCommand() {
  return new Command('start')
    .description('show the main job on sample data, with a local Pinterest')
    .action(async () => {
      try {
        const { runDemo } = await import('./demo/run-demo.ts')
        await runDemo()
      } catch (error) {
        printError(createOutput(false), error)
      }
    })
}
