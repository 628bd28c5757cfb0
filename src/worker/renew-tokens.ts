import { sql } from 'kysely'
import { asRollcallError, isRollcallError, RollcallError } from '../base/rollcall-error.ts'
import { allWorkspaces, inWorkspace, transact } from '../store/workspace.ts'
import { servicesOn } from '../platform/open.ts'
import { noteProblem } from '../workspace/credentials.ts'
import type { CredentialRow } from '../workspace/credentials.ts'
import { tokenExpiringEvent } from '../notify/alert-events.ts'
import { alertsFor } from '../notify/alerts.ts'
import { notify } from '../notify/notifications.ts'
import type { UpkeepContext } from './context.ts'

const WARN_AGAIN_MS = 24 * 60 * 60_000

/**
 * Renews the refresh tokens that expire soon, so that no credential dies unseen. One that cannot be renewed is warned of once a day,
 * while there is time. Error: the first defect that it met, once all have had their turn.
 */
export async function renewTokens(worker: UpkeepContext): Promise<void> {
  const { store, limits } = worker.platform
  const due = await allWorkspaces(store.db)
    .selectFrom('credential')
    .selectAll()
    .where(sql<boolean>`refresh_expires_at < now() + ${limits.refreshRenewBeforeMs} * interval '1 ms'`)
    .orderBy('refresh_expires_at')
    .execute()
  const defects: unknown[] = []
  for (const credential of due) {
    worker.signal.throwIfAborted()
    await renewOne(worker, credential).catch((error: unknown) => defects.push(error))
  }
  worker.signal.throwIfAborted()
  if (defects.length > 0) throw defects[0]
}

type DueCredential = CredentialRow & { readonly workspace: string }

async function renewOne(worker: UpkeepContext, credential: DueCredential): Promise<void> {
  const { platform, signal } = worker
  const db = inWorkspace(platform.store.db, credential.workspace)
  const services = servicesOn(platform, { db, id: credential.id, name: credential.name })
  try {
    const pinterest = await services.pinterest(signal)
    await pinterest.renewTokens()
    await noteProblem(db, credential.id, null)
  } catch (error) {
    signal.throwIfAborted()
    await warn(worker, credential, asRollcallError(error))
    if (!isRollcallError(error)) throw error
  } finally {
    await services.close()
  }
}

/** A failure that may pass, such as a defect, raises an alert only when time runs short; a refusal raises one at once. */
async function warn(
  { platform, queue }: UpkeepContext,
  credential: DueCredential,
  error: RollcallError,
): Promise<void> {
  const { limits, store } = platform
  const expiresAt = credential.refresh_expires_at
  if (expiresAt === null) return
  const leftMs = expiresAt.getTime() - Date.now()
  const mayPass = error.passing || error.code === 'internal_error'
  if (mayPass && leftMs > limits.refreshWarnBeforeMs) return
  const problem = new RollcallError('token_expiring', {
    credential: credential.name,
    expires: expiresAt.toISOString().slice(0, 10),
    detail: error.message,
  })
  await transact(inWorkspace(store.db, credential.workspace), async (db) => {
    await noteProblem(db, credential.id, error)
    const claimed = await db
      .updateTable('credential')
      .set({ warned_at: sql<Date>`now()` })
      .where('id', '=', credential.id)
      .where(sql<boolean>`warned_at is null or warned_at < now() - ${WARN_AGAIN_MS} * interval '1 ms'`)
      .returning('id')
      .executeTakeFirst()
    if (claimed === undefined) return
    const stored = { code: problem.code, data: problem.data }
    await notify(db, {
      kind: 'warning',
      title: `Credential "${credential.name}"`,
      problem: stored,
      destinationId: null,
      adminOnly: true,
    })
    for (const { alertId, event } of await alertsFor(db, credential.workspace, [
      tokenExpiringEvent(credential, stored, new Date()),
    ]))
      await queue.sendAlert(db, { alertId, event })
  })
}
