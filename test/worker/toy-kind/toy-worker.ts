import { openSealer } from '../../../src/access/secret-key.ts'
import { loadLimits, openHome } from '../../../src/store/home.ts'
import { openStore } from '../../../src/store/store.ts'
import { inWorkspace, PRODUCTION } from '../../../src/store/workspace.ts'
import { servicesOn } from '../../../src/sync/open-services.ts'
import { runScheduled } from '../../../src/workflow/run-kind.ts'
import { toyKind } from './kind.ts'

/** A worker in a process of its own, which runs one workflow of the toy kind, given as its argument. Says `started` once it has it. */

const { env } = process
const home = await openHome(env)
const limits = await loadLimits(home)
const store = await openStore({ home, env, limits })
const services = servicesOn(
  { home, limits, store, sealer: await openSealer({ home, env }), env },
  { db: inWorkspace(store.db, PRODUCTION), name: toyKind.name },
)
await runScheduled({
  services,
  workflowId: process.argv[2] ?? '',
  signal: new AbortController().signal,
  wait: false,
  onEvent: () => {},
  onStart: () => void process.stdout.write('started\n'),
})
process.stdout.write('ended\n')
await services.close()
await store.close()
