import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { ActionName } from '../base/catalogue.ts'
import { RollcallError } from '../base/rollcall-error.ts'
import type { Tables } from '../store/schema.ts'
import { isOpen, openBelow } from './family.ts'
import type { Effect, Family } from './family.ts'
import { lockWorkflows, readFamily } from './family-store.ts'
import { noteWorkflow } from './workflow-card.ts'
import {
  addWarning,
  appendRunLog,
  endReplaced,
  getWorkflow,
  isOfOtherFamily,
  reopenWorkflow,
  stopWorkflow,
} from './workflow-store.ts'

/** Changing several workflows of a family at once, in the caller's transaction, which holds them. */

type Db = Kysely<Tables>

/** The parts and wholes that an action on a workflow reopens go on under workers, each with the options that it has. */
export async function reopenOthers(
  tx: Db,
  { reopens }: Pick<Effect, 'reopens'>,
  action: ActionName,
): Promise<void> {
  for (const id of reopens) await reopenWorkflow(tx, id, { holder: null, action })
  await noteCards(tx, reopens)
}

/** Ends these of a family, or asks the processes that run them to stop. */
export async function stopMembers(tx: Db, family: Family, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const member = family.get(id)
    if (member !== undefined) await stopWorkflow(tx, member)
  }
  await noteCards(tx, ids)
}

/** The whole of these parts continues without them. `by` is who decided so. */
export async function skipParts(tx: Db, ids: readonly string[], by: string): Promise<void> {
  if (ids.length === 0) return
  await tx.updateTable('workflow_part').set({ skipped_by: by }).where('child', 'in', ids).execute()
}

/** The whole warns that it continues without this part. */
export async function warnOfSkipped(tx: Db, id: string, by: string): Promise<void> {
  const { parent, name } = await tx
    .selectFrom('workflow_part')
    .select(['parent', 'name'])
    .where('child', '=', id)
    .executeTakeFirstOrThrow()
  const warning = new RollcallError('part_skipped', { part: name, by })
  await addWarning(tx, parent, { code: warning.code, data: warning.data })
  await appendRunLog(tx, parent, { level: 'warning', task: null, text: warning.message })
  await noteCards(tx, [parent])
}

/** What a new run takes the place of. */
export interface Newer {
  readonly subject: string | null
  /** For a start of an orchestration: those of its earlier runs of this kind. */
  readonly orchestration?: { readonly id: string; readonly kind: string }
  /** The workflow that takes the place, if it is recorded. Its own family goes on. */
  readonly id: string | null
}

/**
 * A new run takes the place of those workflows of its subject that wait for a person: they end, and with them their parts that are not
 * over, as do such parts of a workflow that had failed. Cards say so at once.
 */
export async function giveWay(tx: Db, newer: Newer): Promise<void> {
  const replaced = await replacedBy(tx, newer)
  const waiting = replaced.filter(({ state }) => state === 'waiting').map(({ id }) => id)
  const below: string[] = []
  for (const { id } of replaced) below.push(...openBelow(await readFamily(tx, id), id))
  const changed = [...new Set([...waiting, ...below])]
  if (changed.length === 0) return
  await lockWorkflows(tx, changed)
  for (const id of changed) {
    // A person may have decided about it, or it may have ended, before it was locked.
    const one = await getWorkflow(tx, id)
    if (one === undefined || !isOpen(one)) continue
    if (below.includes(id)) await stopWorkflow(tx, one)
    else if (one.state === 'waiting') await endReplaced(tx, id)
  }
  await noteCards(tx, changed)
}

async function replacedBy(tx: Db, { subject, orchestration, id }: Newer) {
  if (subject === null && orchestration === undefined) return []
  const ofOrchestration =
    orchestration === undefined
      ? sql<boolean>`false`
      : sql<boolean>`(workflow.orchestration_id = ${orchestration.id} and workflow.kind = ${orchestration.kind})`
  const hasOpenParts = sql<boolean>`exists (select from workflow part
    where part.parent = workflow.id and part.state in ('scheduled', 'running', 'waiting'))`
  return tx
    .selectFrom('workflow')
    .select(['workflow.id', 'workflow.state'])
    .where(
      sql<boolean>`((workflow.subject = ${subject} and (workflow.state = 'waiting' or ${hasOpenParts}))
        or (${ofOrchestration} and ${hasOpenParts}))`,
    )
    .where('workflow.state', 'in', ['waiting', 'failed', 'stopped'])
    .where(isOfOtherFamily(id))
    .orderBy('workflow.number')
    .execute()
}

/** A workflow that workers must not run any more ends, and so do its parts. */
export async function endLate(tx: Db, family: Family, id: string): Promise<void> {
  const below = openBelow(family, id)
  await lockWorkflows(tx, below)
  await endReplaced(tx, id)
  await stopMembers(tx, family, below)
  await appendRunLog(tx, id, { level: 'warning', task: null, text: 'A newer run has replaced it' })
  await noteCards(tx, [id])
}

/** Those of parts, and of other workflows that have one. */
async function noteCards(tx: Db, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  const noted = await tx
    .selectFrom('workflow')
    .leftJoin('notification', 'notification.workflow_id', 'workflow.id')
    .select('workflow.id')
    .where('workflow.id', 'in', ids)
    .where(sql<boolean>`(workflow.parent is not null or notification.id is not null)`)
    .orderBy('workflow.number')
    .execute()
  for (const { id } of noted) await noteWorkflow(tx, id)
}
