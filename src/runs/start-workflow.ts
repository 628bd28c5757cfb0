import { record } from '../access/activity.ts'
import type { Recorded } from '../access/activity.ts'
import { RollcallError } from '../base/rollcall-error.ts'
import type { Begin, Begun, DestinationKind } from '../destinations/contract.ts'
import { optionsIn } from '../destinations/options.ts'
import { destinationKindOf } from '../destinations/registry.ts'
import type { StartedBy } from '../base/workflow-states.ts'
import type { Platform } from '../platform/open.ts'
import { kindOf } from '../workflow/kind.ts'
import { giveWay } from '../workflow/change-family.ts'
import { insertWorkflow } from '../workflow/workflow-store.ts'
import { dataSourceRow, savedSource } from '../workspace/data-sources.ts'
import { openSettings } from '../workspace/kept-settings.ts'
import { activeText, queryRow } from '../workspace/queries.ts'
import { notFound } from '../workspace/rows.ts'
import { targetOfRow } from '../workspace/orchestrations.ts'
import type { OrchestrationRow } from '../workspace/orchestrations.ts'
import type { Tx } from '../workspace/tenant.ts'

/** Recording a workflow of an orchestration, with the current configuration as its inputs. A worker runs it later. */

export interface Start extends Pick<Begin, 'sampleMembers' | 'review' | 'action'> {
  readonly orchestrationId: string
  readonly recorded: Recorded
  readonly startedBy: StartedBy
}

/**
 * Records a scheduled workflow in the caller's transaction and returns its id. Waiting workflows of the list end for it. Errors:
 * `not_found`, `query_not_active`, `already_running`, and `action_not_possible` for a way that the destination's kind has not.
 */
export async function recordStart(
  { sealer }: Pick<Platform, 'sealer'>,
  db: Tx,
  start: Start,
): Promise<string> {
  const orchestration = await db
    .selectFrom('orchestration')
    .selectAll()
    .where('id', '=', start.orchestrationId)
    // Two starts at once come one after the other, so that the second finds the first.
    .forUpdate()
    .executeTakeFirst()
  if (orchestration === undefined) throw notFound('orchestration', start.orchestrationId)
  const destination = await db
    .selectFrom('destination')
    .selectAll()
    .where('id', '=', orchestration.destination_id)
    .executeTakeFirstOrThrow()
  const query = await queryRow(db, orchestration.query_id)
  const kind = destinationKindOf(destination.kind)
  requireWay(kind, start)
  const settings = openSettings(kind, destination, sealer, 'destination')
  const target = targetOfRow(orchestration)
  const to = { settings, limits: destination.limits }
  const options = optionsIn(kind, orchestration.options)
  const asked = { ...start, orchestration, options, target, destination: to, sealer }
  const begun = await kind.begin(db, asked)
  await refuseSecond(db, begun, orchestration)
  const replaced = { id: orchestration.id, kind: begun.kind }
  await giveWay(db, { subject: begun.subject, orchestration: replaced, id: null })
  const text = activeText(query)
  const source = await dataSourceRow(db, query.data_source_id)
  const id = await insertWorkflow(db, {
    kind: begun.kind,
    subject: begun.subject,
    inputs: begun.inputs({ from: savedSource(source, sealer), text, query }),
    holder: null,
    startedBy: start.startedBy,
    of: {
      name: begun.name,
      orchestration_id: orchestration.id,
      destination_id: destination.id,
      query_id: orchestration.query_id,
      credential_id: destination.credential_id,
      started_with: start.action,
    },
  })
  const object = { type: 'orchestration', id: orchestration.id, name: orchestration.name }
  const detail = {
    workflow: id,
    ...(start.sampleMembers === null ? {} : { sampleMembers: start.sampleMembers }),
    ...(start.review ? { review: true } : {}),
  }
  await record(db, start.recorded, 'orchestration.run', object, detail)
  return id
}

function requireWay({ title, ways }: DestinationKind, { sampleMembers, review }: Start): void {
  const wanted = [
    ...(review ? [['review', 'comparison before sending'] as const] : []),
    ...(sampleMembers === null ? [] : [['sample', 'sample'] as const]),
  ]
  const missing = wanted.find(([way]) => !ways.includes(way))
  if (missing === undefined) return
  throw new RollcallError('action_not_possible', { detail: `for ${title} there is no ${missing[1]}` })
}

async function refuseSecond(db: Tx, begun: Begun, orchestration: OrchestrationRow): Promise<void> {
  const { kind, subject } = begun
  // A start and an action for the same subject at once come one after the other.
  if (subject !== null) await kindOf({ kind }).hold?.(db, subject)
  const running = db.selectFrom('workflow').select('id').where('state', 'in', ['scheduled', 'running'])
  const second =
    subject === null
      ? running.where('orchestration_id', '=', orchestration.id)
      : running.where('subject', '=', subject)
  const found = await second.executeTakeFirst()
  if (found !== undefined) throw new RollcallError('already_running', { workflow: found.id })
}
