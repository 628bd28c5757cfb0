import { Command } from '@commander-js/extra-typings'
import { createOutput, printError } from './output.ts'
import { createProgress } from './progress.ts'
import { printResult } from './sync.ts'
import { withServices } from './with-services.ts'

export function resolveCommand() {
  return new Command('resolve')
    .description('take a workflow action: retry, restart, stop, approve, adopt, rebuild, …')
    .argument('<id>', 'workflow id, such as wf_…')
    .argument('<action>', 'one of the actions that the error names')
    .option('--wait', 'when Pinterest is unavailable, keep trying for hours instead of failing', false)
    .option('--json', 'print one JSON object', false)
    .action(async (id, action, options) => {
      const output = createOutput(options.json)
      try {
        const result = await withServices(async (services, signal) => {
          const { resolveWorkflow } = await import('../sync/resolve.ts')
          const { readResult } = await import('../sync/result.ts')
          const progress = createProgress(process.stderr)
          const end = await resolveWorkflow({
            services,
            workflowId: id,
            action,
            signal,
            wait: options.wait,
            onEvent: progress.event,
          }).finally(progress.close)
          return end === null ? null : readResult(services, end.workflowId, services.counts)
        })
        if (result === null) output.result({ workflow: id, state: 'stopped' }, [`Workflow ${id} is stopped.`])
        else printResult(output, result)
      } catch (error) {
        printError(output, error)
      }
    })
}
