import { openSealer } from '../../../src/access/secret-key.ts'
import { loadLimits, openHome } from '../../../src/store/home.ts'
import { openStore } from '../../../src/store/store.ts'
import { openQueue } from '../../../src/worker/queue.ts'
import { startWorker } from '../../../src/worker/worker.ts'
import { webhookHosts } from '../../../src/notify/webhook-hosts.ts'
import { addKind } from '../../../src/workflow/kind.ts'
import { toyKind } from './kind.ts'
import { roundKind } from './round.ts'

/** A worker in a process of its own, which knows the toy kind. Says `started` once it looks for work. */

const { env } = process
const home = await openHome(env)
const limits = await loadLimits(home)
const store = await openStore({ home, env, limits })
const onError = (): void => {}
addKind(toyKind)
addKind(roundKind)
await startWorker({
  platform: { home, limits, store, sealer: await openSealer({ home, env }), env },
  queue: await openQueue({ connection: store.connection, limits, onError }),
  delivery: {
    smtp: null,
    publicUrl: 'http://rollcall.test',
    webhooks: { hosts: webhookHosts(''), env: {} },
    timeoutMs: 1,
  },
  onError,
})
process.stdout.write('started\n')
