import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Tables } from '../store/schema.ts'
import type { StoredProblem, WorkflowState } from '../base/workflow-states.ts'
import { allWorkspaces, PRODUCTION } from '../store/workspace.ts'
import type { AlertEvent, Named } from './alert-event.ts'
import type { GeneralEvent } from './alert-topics.ts'
import { withinReach } from './alert-reach.ts'
import { isOnlyLooking, onlyLooks } from '../workflow/only-looks.ts'
import { slowWorkflows } from './slow-workflows.ts'
import { span } from '../base/words.ts'
import { shownKind } from '../workflow/kind.ts'
import type { LateWarning } from '../workflow/kind.ts'
import { countsIn } from '../workflow/workflow-card.ts'
import type { WorkflowCardData } from '../workflow/workflow-card.ts'
import { endOf, workflowSeconds } from '../workflow/workflow-store.ts'

/** What alerts tell. Events hold names, counts and errors of the catalogue, so they can wait in a queue. */

type Db = Kysely<Tables>

const kindsOfStates: Partial<Readonly<Record<WorkflowState, GeneralEvent>>> = {
  failed: 'workflow_failed',
  succeeded: 'workflow_succeeded',
  waiting: 'needs_person',
}

/**
 * The events of a workflow that has just ended or waits, the most specific first: none when it runs, was stopped, only looks, or is not there.
 * Its card is noted before, since the counts are taken from it.
 */
export async function workflowEvents(db: Db, workflowId: string): Promise<AlertEvent[]> {
  const [row] = await workflowRows(db).where('workflow.id', '=', workflowId).execute()
  if (row === undefined || isOnlyLooking(row)) return []
  const { state, error, warnings } = row
  const ending = kindsOfStates[state]
  if (ending === undefined) return []
  const problems = error === null ? warnings : [error, ...warnings]
  const { alerts = {} } = shownKind(row)
  const own = problems.flatMap((problem) => {
    const topic = alerts[problem.code]
    return topic === undefined ? [] : [{ kind: topic.event, problem }]
  })
  const at = row.ended_at ?? row.now
  const kinds = new Set<string>()
  return [...own, { kind: ending, problem: error }]
    .filter(({ kind }) => !kinds.has(kind) && kinds.add(kind))
    .map(({ kind, problem }) => eventOf(row, { kind, problem, at, idParts: [at.getTime()] }))
}

/** For a workflow that had ended when this warning of it was found. Empty where its code is no event, or the workflow has none. */
export async function lateEvents(db: Db, { workflow, problem, seen }: LateWarning): Promise<AlertEvent[]> {
  const events = await workflowEvents(db, workflow.id)
  const own = shownKind(workflow).alerts?.[problem.code]
  const event = events.find(({ kind }) => kind === own?.event)
  if (event === undefined) return []
  return [{ ...event, id: idOf(event.id, ...seen), problem, at: new Date().toISOString() }]
}

/** The event that is sent when a person tests an alert. */
export function testEvent({ id, name }: Named, at: Date): AlertEvent {
  return {
    id: idOf('test', id, at.getTime()),
    kind: 'test',
    at: at.toISOString(),
    title: name,
    workflow: null,
    orchestration: null,
    destination: null,
    query: null,
    credential: null,
    problem: null,
    counts: {},
  }
}

/** A credential is about to stop working. `at` is when that was found, and the same each time it is reported. */
export function tokenExpiringEvent(credential: Named, problem: StoredProblem, at: Date): AlertEvent {
  return {
    id: idOf('token_expiring', credential.id, at.getTime()),
    kind: 'token_expiring',
    at: at.toISOString(),
    title: `credential "${credential.name}"`,
    workflow: null,
    orchestration: null,
    destination: null,
    query: null,
    credential: { id: credential.id, name: credential.name },
    problem,
    counts: {},
  }
}

export interface SlowAlert {
  readonly alertId: string
  readonly workflowId: string
  readonly event: AlertEvent
}

/**
 * Running workflows of production that take longer than an alert allows and that it has not told of yet; of parts, their whole. One that
 * cannot be read is handed to `fail`, and hides no other.
 */
export async function findSlow(db: Db, now: Date, fail: (error: unknown) => void): Promise<SlowAlert[]> {
  const alerts = await db
    .selectFrom('alert')
    .select(['id', 'slower_than_ms'])
    .where('enabled', '=', true)
    .where(sql<boolean>`'slower_than' = any (events)`)
    .orderBy('name')
    .execute()
  if (alerts.length === 0) return []
  const rows = await workflowRows(db)
    .where('workflow.state', '=', 'running')
    .where('workflow.workspace', '=', PRODUCTION)
    .where('workflow.parent', 'is', null)
    .where(sql<boolean>`not ${onlyLooks('workflow')}`)
    .execute()
  const slow = slowWorkflows({
    workflows: rows.map(runOf),
    alerts: alerts.map((alert) => ({ id: alert.id, slowerThanMs: alert.slower_than_ms ?? Infinity })),
    now,
  })
  const found = slow.flatMap(({ workflow: { row, since }, alert }) => {
    const problem = { code: 'slower_than', data: { limit: span(alert.slowerThanMs / 1000) } } as const
    const idParts = [since?.getTime() ?? 0, alert.id]
    try {
      const event = eventOf(row, { kind: 'slower_than', problem, at: now, idParts })
      return [{ alertId: alert.id, workflowId: row.id, event }]
    } catch (error) {
      fail(error)
      return []
    }
  })
  return withinReach(db, found)
}

/**
 * Records that an alert tells of a slow workflow: true for the first who does while it runs, who must then send it. To lose nothing,
 * done in the transaction that puts the delivery into the queue.
 */
export async function claimSlow(db: Db, { alertId, workflowId }: SlowAlert): Promise<boolean> {
  const told = sql`coalesce(data->'slowTold', '[]')`
  const { numUpdatedRows } = await db
    .updateTable('notification')
    .set({ data: sql<string>`data || jsonb_build_object('slowTold', ${told} || to_jsonb(${alertId}::text))` })
    .where('workflow_id', '=', workflowId)
    .where('kind', '=', 'running')
    .where(sql<boolean>`not ${told} ? ${alertId}`)
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}

function runOf(row: WorkflowRow) {
  const { since, slowTold = [] } = (row.data ?? {}) as Partial<WorkflowCardData>
  return { row, since: since === undefined ? null : new Date(since), told: slowTold }
}

function workflowRows(db: Db) {
  return allWorkspaces(db)
    .selectFrom('workflow')
    .leftJoin('notification', 'notification.workflow_id', 'workflow.id')
    .leftJoin('orchestration', 'orchestration.id', 'workflow.orchestration_id')
    .leftJoin('destination', 'destination.id', 'workflow.destination_id')
    .leftJoin('query', 'query.id', 'workflow.query_id')
    .leftJoin('credential', 'credential.id', 'workflow.credential_id')
    .selectAll('workflow')
    .select(['notification.title', 'notification.data'])
    .select([
      'orchestration.name as orchestration_name',
      'orchestration.time_zone',
      'destination.name as destination_name',
      'query.name as query_name',
      'credential.name as credential_name',
    ])
    .select(sql<Date>`now()`.as('now'))
    .orderBy('workflow.number')
}

type WorkflowRow = Awaited<ReturnType<ReturnType<typeof workflowRows>['execute']>>[number]

function eventOf(
  row: WorkflowRow,
  {
    kind,
    problem,
    at,
    idParts,
  }: { kind: string; problem: StoredProblem | null; at: Date; idParts: readonly (string | number)[] },
): AlertEvent {
  const data = (row.data ?? {}) as Partial<WorkflowCardData>
  const counts = countsIn(data)
  return {
    id: idOf(kind, row.id, ...idParts),
    kind,
    at: at.toISOString(),
    title: row.title ?? row.name ?? row.id,
    workflow: {
      id: row.id,
      state: row.state,
      startedBy: row.started_by,
      startedAt: data.since ?? row.started_at.toISOString(),
      endedAt: endOf(row),
      seconds: workflowSeconds(row, row.now),
    },
    orchestration: namedOf(row.orchestration_id, row.orchestration_name),
    destination: namedOf(row.destination_id, row.destination_name),
    query: namedOf(row.query_id, row.query_name),
    credential: namedOf(row.credential_id, row.credential_name),
    problem,
    counts,
    facts: shownKind(row).facts?.(counts) ?? [],
    timeZone: row.time_zone,
  }
}

function namedOf(id: string | null, name: string | null): Named | null {
  return id === null || name === null ? null : { id, name }
}

function idOf(...parts: readonly (string | number)[]): string {
  return parts.join('.')
}
