import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import { confirmedChanges } from '../../../ledger/confirmed.ts'
import { findListById } from '../../../ledger/lists.ts'
import type { LedgerList } from '../../../ledger/lists.ts'
import { newestFirst } from '../../../store/newest-first.ts'
import type { Tables } from '../../../store/schema.ts'
import { readOutcome } from '../../../workflow/shown-run.ts'
import type { RunOutcome } from '../../../workflow/shown-run.ts'
import { getWorkflow } from '../../../workflow/workflow-store.ts'
import { listTasks } from '../../../workflow/tasks.ts'
import type { Workflow } from '../../../workflow/workflow-store.ts'
import { outputsOf } from '../outputs.ts'
import type { PinterestObject, SyncOutputs } from '../run.ts'
import type { Services } from '../../../workflow/services.ts'

/** What a run did, as `sync --json` prints it. Counts that are not known yet are zero. */
export interface SyncResult extends RunOutcome {
  readonly list: { readonly id: string | null; readonly name: string; readonly created: boolean }
  readonly audience: PinterestObject | null
  readonly rows: {
    readonly received: number
    readonly invalid: number
    readonly duplicates: number
    readonly members: number
    /** Members in the query, of which `members` are the sample; only of a sample. */
    readonly inQuery?: number
  }
  readonly invalidByReason: SyncOutputs['prepare']['invalidByReason']
  /** What Pinterest confirmed, so a run that failed or waits shows how far it came. */
  readonly changes: { readonly added: number; readonly removed: number; readonly unchanged: number }
}

/** Reads a workflow's result from what is stored of it. */
export async function readResult(services: Pick<Services, 'store'>, workflowId: string): Promise<SyncResult> {
  const { db } = services.store
  const workflow = await getWorkflow(db, workflowId)
  if (workflow === undefined) throw new TypeError(`workflow ${workflowId} is gone`)
  const tasks = await listTasks(db, workflowId)
  const output = outputsOf(tasks)
  const prepared = output('prepare')
  const compared = output('compare')
  const list = workflow.subject === null ? undefined : await findListById(db, workflow.subject)
  return {
    ...(await readOutcome(db, workflow, tasks)),
    list: {
      id: output('add')?.id ?? list?.pinterest_list_id ?? null,
      name: listNameOf(workflow),
      created: output('add')?.created ?? false,
    },
    audience: output('attach_audience')?.audience ?? (await heldAudience(db, list)),
    rows: {
      received: prepared?.received ?? 0,
      invalid: prepared?.invalid ?? 0,
      duplicates: compared?.duplicates ?? 0,
      members: compared?.members ?? 0,
      ...(prepared?.distinct === undefined ? {} : { inQuery: prepared.distinct }),
    },
    invalidByReason: prepared?.invalidByReason ?? {},
    changes: { ...(await confirmedChanges(db, workflowId)), unchanged: compared?.unchanged ?? 0 },
  }
}

function listNameOf({ inputs, name }: Workflow): string {
  const { list } = inputs
  return typeof list === 'string' ? list : (name ?? '')
}

/** Members in the query and duplicates among its rows: of a sample, what was compared is only a part of them. */
export function countedOf(
  { valid, distinct }: SyncOutputs['prepare'],
  compared: Pick<SyncOutputs['compare'], 'members' | 'duplicates'>,
): { readonly inQuery: number; readonly duplicates: number } {
  return distinct === undefined
    ? { inQuery: compared.members, duplicates: compared.duplicates }
    : { inQuery: distinct, duplicates: valid - distinct }
}

/** The audience that the list has, with the name that the run found which held it last. */
async function heldAudience(
  db: Kysely<Tables>,
  list: LedgerList | undefined,
): Promise<PinterestObject | null> {
  if (list === undefined || list.audience_id === null) return null
  const seen = await db
    .selectFrom('task')
    .innerJoin('workflow', 'workflow.id', 'task.workflow_id')
    .select(sql<string | null>`task.output->'audience'->>'name'`.as('name'))
    .where('workflow.subject', '=', list.id)
    .where('task.name', '=', 'attach_audience')
    .where(sql`task.output->'audience'->>'id'`, '=', list.audience_id)
    .orderBy(newestFirst('workflow'))
    .limit(1)
    .executeTakeFirst()
  return { id: list.audience_id, name: seen?.name ?? list.name, created: false }
}
