import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { openSealer } from '../../../src/access/secret-key.ts'
import { isRollcallError } from '../../../src/base/rollcall-error.ts'
import { loadLimits, openHome } from '../../../src/store/home.ts'
import { openStore } from '../../../src/store/store.ts'
import { inWorkspace, PRODUCTION } from '../../../src/store/workspace.ts'
import { servicesOn } from '../../../src/platform/open.ts'
import { runScheduled } from '../../../src/workflow/run-kind.ts'

/**
 * A worker of a machine of its own. Says `open`, then answers each line, the id of a workflow, with how that ended: its state, or
 * `nothing`. While another has the list it tries again, as a queue would.
 */

const RETRY_MS = 10

const home = await openHome(process.env)
const limits = await loadLimits(home)
const store = await openStore({ home, env: process.env, limits })
const sealer = await openSealer({ home, env: process.env })

async function work(workflowId: string): Promise<string> {
  for (;;) {
    const credential = { db: inWorkspace(store.db, PRODUCTION), name: process.env['CREDENTIAL'] ?? '' }
    const services = servicesOn({ home, limits, store, sealer, env: process.env }, credential)
    const { signal } = new AbortController()
    try {
      const run = await runScheduled({ services, workflowId, signal, wait: false, onEvent: () => {} })
      return run === null ? 'nothing' : run.end.state
    } catch (error) {
      if (!isRollcallError(error) || error.code !== 'already_running') throw error
      await sleep(RETRY_MS)
    } finally {
      await services.close()
    }
  }
}

process.stdout.write('open\n')
for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${await work(line)}\n`)
}
await store.close()
