import { bold, createOutput, dim, printError } from './output.ts'
import { accountText, inputsOf, jobCommand, needsOf } from './job-options.ts'
import { createProgress } from './progress.ts'
import { printResult } from './result-lines.ts'
import { withServices } from './with-services.ts'

export function syncCommand() {
  return jobCommand('sync')
    .description('bring the customer list in step with the source')
    .option('--wait', 'when Pinterest is unavailable, keep trying for hours instead of failing', false)
    .action(async (options) => {
      const output = createOutput(options.json, 'run')
      try {
        const inputs = inputsOf(options)
        const result = await withServices(async (services, signal) => {
          const { startSync } = await import('../destinations/customer-list/start-sync.ts')
          const { readResult } = await import('../destinations/customer-list/reading/result.ts')
          const progress = createProgress(process.stderr)
          const { workflowId } = await startSync({
            services,
            inputs,
            signal,
            wait: options.wait,
            onEvent: progress.event,
            onStart: (id) =>
              output.note(`${bold(inputs.list)} → Pinterest ${accountText(inputs)}  ${dim(id)}`),
          }).finally(progress.close)
          return readResult(services, workflowId)
        }, needsOf(inputs))
        printResult(output, result)
      } catch (error) {
        printError(output, error)
      }
    })
}
