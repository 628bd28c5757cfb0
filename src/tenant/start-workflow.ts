import { record } from '../access/activity.ts'
import type { Recorded } from '../access/activity.ts'
import { RollcallError } from '../base/rollcall-error.ts'
import { openList } from '../ledger/lists.ts'
import type { StartedBy } from '../store/schema.ts'
import type { Platform } from '../sync/open-services.ts'
import { noApprovals } from '../sync/inputs.ts'
import { storedInputs } from '../sync/stored-inputs.ts'
import type { SyncInputs } from '../sync/inputs.ts'
import { giveWay } from '../workflow/workflow-card.ts'
import { insertWorkflow } from '../workflow/workflow-store.ts'
import { dataSourceRow, savedSource } from './data-sources.ts'
import type { DestinationRow } from './destinations.ts'
import { activeText, queryRow } from './queries.ts'
import type { QueryRow } from './queries.ts'
import { notFound } from './rows.ts'
import type { OrchestrationRow } from './orchestrations.ts'
import type { Db, Tx } from './tenant.ts'

/** Recording a workflow of an orchestration, with the current configuration as its inputs. A worker runs it later. */

export interface Start {
  readonly orchestrationId: string
  readonly recorded: Recorded
  readonly startedBy: StartedBy
  /** Sends only so many members, to a list of its own; null for the real run. */
  readonly sampleMembers: number | null
  /** Waits for a person before anything is sent. */
  readonly review: boolean
  /** Lets the held list go first. */
  readonly release: 'rebuild' | 'use_newer_list' | null
}

/**
 * Records a scheduled workflow in the caller's transaction and returns its id. Waiting workflows of the list give way. Errors:
 * `not_found`, `query_not_active`, `already_running`.
 */
export async function recordStart(platform: Pick<Platform, 'sealer'>, db: Tx, start: Start): Promise<string> {
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
  const target = await targetOf(db, orchestration, destination, start)
  await refuseSecond(db, target.listId)
  await giveWay(db, { subject: target.listId, id: null })
  const inputs = await inputsOf(db, platform, { orchestration, destination, query, start, target })
  const id = await insert(db, platform, { orchestration, destination, start, target, inputs })
  const object = { type: 'orchestration', id: orchestration.id, name: orchestration.name }
  const detail = {
    workflow: id,
    ...(start.sampleMembers === null ? {} : { sampleMembers: start.sampleMembers }),
    ...(start.review ? { review: true } : {}),
  }
  await record(db, start.recorded, 'orchestration.run', object, detail)
  return id
}

interface Target {
  readonly listId: string
  readonly listName: string
}

const SAMPLE_SUFFIX = ' (sample)'

/** A sample goes to a list of its own name, never to the real one. Error: `name_taken` when that one has an owner. */
async function targetOf(
  db: Tx,
  orchestration: OrchestrationRow,
  destination: DestinationRow,
  { sampleMembers }: Start,
): Promise<Target> {
  if (sampleMembers === null) return { listId: orchestration.list_id, listName: orchestration.list_name }
  const listName = orchestration.list_name + SAMPLE_SUFFIX
  const list = await openList(db, String(destination.settings['adAccountId']), listName)
  const owner = await db
    .selectFrom('orchestration')
    .select('name')
    .where('list_id', '=', list.id)
    .executeTakeFirst()
  if (owner === undefined) return { listId: list.id, listName }
  const detail = `the sample's customer list "${listName}" belongs to orchestration "${owner.name}". Rename that list.`
  throw new RollcallError('name_taken', { detail })
}

async function refuseSecond(db: Tx, listId: string): Promise<void> {
  // A start and an action for the same list at once come one after the other.
  await db.selectFrom('customer_list').select('id').where('id', '=', listId).forUpdate().execute()
  const running = await db
    .selectFrom('workflow')
    .select('id')
    .where('subject', '=', listId)
    .where('state', 'in', ['scheduled', 'running'])
    .executeTakeFirst()
  if (running !== undefined) throw new RollcallError('already_running', { workflow: running.id })
}

interface Parts {
  readonly orchestration: OrchestrationRow
  readonly destination: DestinationRow
  readonly start: Start
  readonly target: Target
}

async function inputsOf(
  db: Db,
  { sealer }: Pick<Platform, 'sealer'>,
  { orchestration, destination, query, start, target }: Parts & { query: QueryRow },
): Promise<SyncInputs> {
  const text = activeText(query)
  const source = await dataSourceRow(db, query.data_source_id)
  const hasThresholds = Object.keys(query.thresholds).length > 0
  return {
    from: savedSource(source, sealer),
    query: text.sql,
    emailColumn: text.emailColumn,
    hashed: text.hashed,
    adAccountId: String(destination.settings['adAccountId']),
    list: target.listName,
    yes: false,
    ...noApprovals,
    sendAdditionsFirst: orchestration.send_additions_first,
    review: start.review,
    adopt: orchestration.adopt || start.release === 'use_newer_list',
    rejects: null,
    keepRejects: true,
    sampleMembers: start.sampleMembers,
    thresholds: hasThresholds ? { ...query.thresholds, query: query.name } : null,
    limits: { ...destination.limits, ...orchestration.limits },
    cwd: '/',
  }
}

async function insert(
  db: Tx,
  { sealer }: Pick<Platform, 'sealer'>,
  { orchestration, destination, start, target, inputs }: Parts & { inputs: SyncInputs },
): Promise<string> {
  const isSample = start.sampleMembers !== null
  return insertWorkflow(db, {
    kind: isSample ? 'sample' : 'sync',
    subject: target.listId,
    inputs: (id) => storedInputs(inputs, sealer, id),
    holder: null,
    startedBy: start.startedBy,
    of: {
      name: isSample ? `${orchestration.name}${SAMPLE_SUFFIX}` : orchestration.name,
      orchestration_id: orchestration.id,
      destination_id: destination.id,
      query_id: orchestration.query_id,
      credential_id: destination.credential_id,
      release_list: start.release,
    },
  })
}
