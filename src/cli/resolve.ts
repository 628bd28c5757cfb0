import { Command } from '@commander-js/extra-typings'
import { RollcallError } from '../base/rollcall-error.ts'
import type { Settled } from '../workflow/actions.ts'
import type { Services } from '../workflow/services.ts'
import type { RunResult } from '../history/status.ts'
import type { Workflow } from '../workflow/workflow-store.ts'
import { localApi, withApi } from './api-client.ts'
import type { ApiClient } from './api-client.ts'
import { handedOverLines, settledLine, whenTaken } from './handed-over.ts'
import { createOutput, printError } from './output.ts'
import type { Output } from './output.ts'
import { productionOf } from './production.ts'
import { createProgress } from './progress.ts'
import { printResult } from './result-lines.ts'
import { withServices } from './with-services.ts'

export function resolveCommand() {
  return new Command('resolve')
    .description(
      'take a workflow action: retry, try_now, skip_task, restart, stop, approve, accept_once, adopt, …',
    )
    .argument('<id>', 'workflow id, such as wf_…')
    .argument('<action>', 'one of the actions that the error names')
    .option('--wait', 'when Pinterest is unavailable, keep trying for hours instead of failing', false)
    .option('--json', 'print one JSON object', false)
    .action(async (id, action, options) => {
      const output = createOutput(options.json, 'run')
      const wanted = { id, action, wait: options.wait }
      try {
        if (process.env['ROLLCALL_URL']) await withApi((api) => handOver(api, output, wanted))
        else await withServices((services, signal) => resolve(services, { output, signal, ...wanted }))
      } catch (error) {
        printError(output, error)
      }
    })
}

interface Wanted {
  readonly id: string
  readonly action: string
  readonly wait: boolean
}

async function resolve(
  services: Services,
  options: Wanted & { readonly output: Output; readonly signal: AbortSignal },
): Promise<void> {
  const { id, output } = options
  const { getWorkflow } = await import('../workflow/workflow-store.ts')
  const workflow = await getWorkflow(services.store.db, id)
  if (workflow !== undefined && (await isOfService(services, workflow))) {
    const { home, limits, store, sealer } = services
    const api = await localApi({ env: process.env, home, limits, store, sealer })
    try {
      return await handOver(api, output, options)
    } finally {
      await api.close()
    }
  }
  const result = await runHere(services, options)
  if (typeof result === 'string') output.result({ workflow: id, state: result }, [settledLine(id, result)])
  else printResult(output, result)
}

/** Workers run it, with the credential of its destination; this process has only the one of the environment. Parts are always theirs. */
async function isOfService({ store }: Services, workflow: Workflow): Promise<boolean> {
  const { orchestration_id: orchestration, destination_id: destination, credential_id: credential } = workflow
  if ([orchestration, destination, credential, workflow.parent].some((id) => id !== null)) return true
  const { countParts } = await import('../workflow/parts.ts')
  return workflow.state === 'scheduled' || (await countParts(store.db, workflow.id)) > 0
}

async function handOver(api: ApiClient, output: Output, { id, action }: Wanted): Promise<void> {
  const { body } = await api.request('POST', `/workflows/${encodeURIComponent(id)}/actions`, { action })
  const taken = body as Record<string, unknown>
  output.result(taken, output.json ? [] : handedOverLines(await whenTaken(api, taken)))
}

/** How a run ended that followed here; otherwise what became of the workflow. */
async function runHere(
  services: Services,
  { id, action, wait, signal }: Wanted & { readonly signal: AbortSignal },
): Promise<RunResult | Settled> {
  const { resolveHere } = await import('../workflow/resolve-here.ts')
  const { readRunResult } = await import('../history/status.ts')
  const { getWorkflow } = await import('../workflow/workflow-store.ts')
  const progress = createProgress(process.stderr)
  const end = await resolveHere({
    services,
    workflowId: id,
    action,
    signal,
    wait,
    onEvent: progress.event,
  }).finally(progress.close)
  if (typeof end === 'string') return end
  const ended = await getWorkflow(services.store.db, end.workflowId)
  if (ended === undefined) throw new RollcallError('workflow_not_found', { workflow: end.workflowId })
  return readRunResult(services, await productionOf(services), ended)
}
