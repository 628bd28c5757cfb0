import { sql } from 'kysely'
import { sweepSessions } from '../access/sessions.ts'
import { sweepTries } from '../access/throttle.ts'
import { asRollcallError } from '../base/rollcall-error.ts'
import type { RollcallError } from '../base/rollcall-error.ts'
import { pruneReceipts } from '../ledger/prune-receipts.ts'
import { sweepRejects } from '../workflow/rejects.ts'
import { sweepAlertRecipients } from '../notify/alert-recipients.ts'
import { sweepNotifications } from '../notify/notifications.ts'
import { renewTokens } from './renew-tokens.ts'
import type { UpkeepContext } from './context.ts'

/** What has to be done from time to time, by its name. None waits for another to succeed. */
const chores: Readonly<
  Record<string, (worker: UpkeepContext, fail: (error: unknown) => void) => Promise<unknown>>
> = {
  tokens: renewTokens,
  sessions: ({ platform: { store, limits } }) => sweepSessions(store.db, limits),
  tries: ({ platform: { store, limits } }) => sweepTries(store.db, limits),
  notifications: ({ platform: { store, limits } }) => sweepNotifications(store.db, limits.notificationKeepMs),
  'alert recipients': ({ platform: { store } }) => sweepAlertRecipients(store.db),
  'repeated requests': ({ platform: { store, limits } }) =>
    store.db
      .deleteFrom('idempotency')
      .where(sql<boolean>`created_at < now() - ${limits.idempotencyKeepMs} * interval '1 ms'`)
      .execute(),
  rejects: ({ platform: { store, limits } }) => sweepRejects(store.db, limits.rejectsKeepMs),
  receipts: ({ platform: { store, limits } }, fail) => pruneReceipts(store.db, limits.receiptsKeepMs, fail),
}

/** What one worker does for all of them. A chore that fails, or a part of one, is reported and leaves the others alone. */
export async function takeCare(
  worker: UpkeepContext,
  onError: (error: RollcallError, where: string) => void,
): Promise<void> {
  const lock = await worker.platform.store.tryLock('upkeep', { waitMs: 0 })
  if (lock === null) return
  try {
    for (const [name, chore] of Object.entries(chores)) {
      worker.signal.throwIfAborted()
      const fail = (error: unknown): void => {
        worker.signal.throwIfAborted()
        onError(asRollcallError(error), `upkeep: ${name}`)
      }
      await chore(worker, fail).catch(fail)
    }
  } finally {
    await lock.release()
  }
}
