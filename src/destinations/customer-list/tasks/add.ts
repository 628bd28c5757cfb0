import { RollcallError } from '../../../base/rollcall-error.ts'
import { count } from '../../../base/words.ts'
import { listBatches } from '../../../ledger/attempts.ts'
import type { Batch } from '../../../ledger/batch-state.ts'
import { getList } from '../../../ledger/lists.ts'
import type { ChangeSet } from '../../../ledger/ledger.ts'
import type { PinterestClient } from '../../../pinterest/client.ts'
import { createList } from '../sending/create-list.ts'
import { currentChangeSet } from '../list/current-change-set.ts'
import type { SyncOutputs, SyncRun } from '../run.ts'
import { halve, sendBatches } from '../sending/send-batches.ts'

/** Sends the new members to Pinterest; creates the list with the first of them if there is none. */
export async function add(run: SyncRun): Promise<SyncOutputs['add']> {
  const resolved = run.output('resolve_list').id
  const current = await currentChangeSet(run)
  if (current === null) throw new TypeError('the change set of this workflow is not open')
  const pinterest = await run.services.pinterest(run.signal)
  const held = (await getList(run.db, run.listId)).pinterest_list_id
  const id = held ?? (await createWithFirstBatch(run, pinterest, current.changeSet))
  const sent = await sendBatches({ run, pinterest, pinterestListId: id, changeSet: current.changeSet }, 'add')
  const { added } = run.output('compare')
  if (added > 0) await run.log(`${count(added)} members added to customer list ${id}`)
  return { id, created: resolved === null, sent }
}

async function createWithFirstBatch(
  run: SyncRun,
  pinterest: PinterestClient,
  changeSet: ChangeSet,
): Promise<string> {
  for (;;) {
    const first = await firstAdd(run, changeSet)
    const made = await createList(run, pinterest, changeSet, first)
    if (made !== null) return made
    const halves = await halve(run, await firstAdd(run, changeSet))
    if (halves === null)
      throw new RollcallError('pinterest_refused', { detail: 'a single member is too large for one request' })
  }
}

/** The list is made before anything else is told, so all adds are open; the earliest lines go first. */
async function firstAdd(run: SyncRun, changeSet: ChangeSet): Promise<Batch> {
  const adds = (await listBatches(run.db, changeSet.id)).filter((batch) => batch.operation === 'add')
  const [first] = adds.toSorted((a, b) => a.first - b.first)
  if (first === undefined) throw new TypeError('a list cannot be created without members')
  return first
}
