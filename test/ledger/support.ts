import { defaultLimits } from '../../src/base/limits.ts'
import { openHome } from '../../src/store/home.ts'
import { openStore } from '../../src/store/store.ts'
import type { Store } from '../../src/store/store.ts'
import { createTestDatabase } from '../support/database.ts'
import { makeFolder } from '../support/folder.ts'

/** A database of its own to record what was sent. */
export interface Ledger {
  readonly store: Store
  readonly url: string
  /** Records a workflow that runs; its id. */
  readonly workflow: (listId: string) => Promise<string>
  /** All but the batches of a change set. */
  readonly change: (
    listId: string,
    workflowId: string,
  ) => {
    readonly listId: string
    readonly workflowId: string
    readonly adds: number
    readonly removes: number
    readonly changeRef: string
    readonly desiredSnapshot: string
    readonly desiredCount: number
  }
  readonly close: () => Promise<void>
}

export async function openLedger(): Promise<Ledger> {
  const database = await createTestDatabase()
  const folder = await makeFolder('ledger')
  const home = await openHome({ ROLLCALL_HOME: folder.dir })
  const store = await openStore({ home, env: { DATABASE_URL: database.url }, limits: defaultLimits })
  let workflows = 0
  return {
    store,
    url: database.url,
    workflow: async (subject) => {
      const id = `wf_${(workflows += 1)}`
      await store.db
        .insertInto('workflow')
        .values({
          id,
          workspace: 'production',
          kind: 'sync',
          subject,
          state: 'running',
          inputs: '{}',
          warnings: '[]',
        })
        .execute()
      return id
    },
    change: (listId, workflowId) => ({
      listId,
      workflowId,
      adds: 0,
      removes: 0,
      changeRef: '{}',
      desiredSnapshot: `sn_${workflowId}`,
      desiredCount: 0,
    }),
    close: async () => {
      await store.close()
      await database.drop()
      await folder.remove()
    },
  }
}
