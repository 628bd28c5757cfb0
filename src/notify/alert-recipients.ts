import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Tables } from '../store/schema.ts'
import type { Refusal } from './alert-senders.ts'

/** What became of the recipients of one message: kept only while some of them are still to be reached. */

type Db = Kysely<Tables>

/** A message by e-mail: what happened, told by an alert. */
export interface Message {
  readonly alertId: string
  readonly eventId: string
}

/** A recipient that needs no further try. */
export interface Settled {
  readonly recipient: string
  /** The number with which the mail server refused it for good; null when it got the message. */
  readonly refusedWith: number | null
}

export async function settledRecipients(db: Db, { alertId, eventId }: Message): Promise<Settled[]> {
  const rows = await db
    .selectFrom('alert_recipient')
    .select(['recipient', 'refused_with'])
    .where('alert_id', '=', alertId)
    .where('event_id', '=', eventId)
    .execute()
  return rows.map((row) => ({ recipient: row.recipient, refusedWith: row.refused_with }))
}

/** Those of one try that need no other: the message has reached them, or never will. */
export function settledBy(to: readonly string[], refusals: readonly Refusal[]): Settled[] {
  return to.flatMap((recipient) => {
    const refusal = refusals.find((refused) => refused.recipient === recipient)
    return refusal?.passing === true ? [] : [{ recipient, refusedWith: refusal?.status ?? null }]
  })
}

/** Remembers them for the next try. */
export async function keepSettled(
  db: Db,
  { alertId, eventId }: Message,
  settled: readonly Settled[],
): Promise<void> {
  if (settled.length === 0) return
  const rows = settled.map(({ recipient, refusedWith }) => ({
    alert_id: alertId,
    event_id: eventId,
    recipient,
    refused_with: refusedWith,
  }))
  await db
    .insertInto('alert_recipient')
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** Forgets what no further try asks for: the last one is at most hours after the first. */
export async function sweepAlertRecipients(db: Db): Promise<void> {
  await db
    .deleteFrom('alert_recipient')
    .where(sql<boolean>`created_at < now() - ${KEEP_DAYS} * interval '1 day'`)
    .execute()
}

const KEEP_DAYS = 7

/** "the mail server refused recipient 2 of 3 for now (450); the others received it"; null when it refused none. */
export function refusedWords(
  to: readonly string[],
  settled: readonly Settled[],
  waiting: readonly Refusal[],
): string | null {
  const lasting = settled.flatMap(({ recipient, refusedWith }) =>
    refusedWith === null ? [] : [{ recipient, status: refusedWith }],
  )
  const parts = [
    ...groupWords(to, lasting, ''),
    ...groupWords(to, waiting, ' for now'),
    ...(settled.some(({ refusedWith }) => refusedWith === null) ? ['the others received it'] : []),
  ]
  return lasting.length + waiting.length === 0 ? null : `the mail server refused ${parts.join('; ')}`
}

/** By their places and without their addresses, since errors are logged. */
function groupWords(
  to: readonly string[],
  refused: readonly Pick<Refusal, 'recipient' | 'status'>[],
  howLong: string,
): string[] {
  if (refused.length === 0) return []
  const statuses = [...new Set(refused.map(({ status }) => status))].join(', ')
  const places = refused.map(({ recipient }) => to.indexOf(recipient) + 1).filter((place) => place > 0)
  const who =
    refused.length === to.length
      ? 'every recipient'
      : `recipient${places.length === 1 ? '' : 's'} ${places.toSorted((a, b) => a - b).join(', ')} of ${to.length}`
  return [`${who}${howLong} (${statuses})`]
}
