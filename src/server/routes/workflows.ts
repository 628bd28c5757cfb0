import { z } from 'zod'
import { openReceipts } from '../../history/receipts.ts'
import { openRejects } from '../../history/rejects.ts'
import { resolveNow } from '../../runs/schedule-now.ts'
import { actionsFor } from '../../runs/workflow-actions.ts'
import { readWorkflow } from '../../history/workflow-detail.ts'
import { listWorkflows } from '../../history/workflows.ts'
import { countHidden } from '../../workspace/seen.ts'
import { addRoute } from '../api.ts'
import type { Api } from '../api.ts'
import { instant, errorReport, ref, time } from '../../objects/fields.ts'
import { idParam, pageQuery, seenPageAnswer } from '../schemas.ts'

const state = z.enum(['scheduled', 'running', 'stopping', 'waiting', 'failed', 'stopped', 'succeeded'])
const kind = z.string().describe('such as `sync`, or `sample` for some members to a separate list')
const sample = z.boolean().describe('it sends some members only')
const starter = z.enum(['schedule', 'user', 'api_key', 'local'])
const startedBy = z.object({ kind: starter, id: z.string().nullable(), name: z.string() })

const listId = z.string().describe('the list in `/lists`')

const target = ref.nullable().describe('what it brings in step, such as a customer list')

const comparison = z.boolean().describe('it only compares and has sent nothing')

export const workflowSummary = z.object({
  id: z.string(),
  name: z.string(),
  kind,
  sample,
  state,
  list: z.object({ name: z.string(), adAccountId: z.string() }).nullable(),
  listId: listId.nullable(),
  parent: z.string().nullable().describe('the workflow that it is part of'),
  target,
  orchestrationId: z.string().nullable(),
  startedBy,
  startedAt: time,
  endedAt: time.nullable(),
  seconds: z.number(),
  members: z.int().nullable().describe('in the query; of a sample, those that it holds'),
  inQuery: z.int().nullable().describe('in the query of a sample; null for all others'),
  added: z.int().nullable(),
  removed: z.int().nullable(),
  summary: z.string().nullable().describe('what it did, in words'),
  warnings: z.int(),
  comparison,
  nextTryAt: time.nullable().describe('when it is retried automatically'),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
})

const difference = z.object({
  before: z.int().describe('members of the list before, including those in unanswered requests'),
  unsure: z.int().describe('those of `before` in unanswered requests'),
  members: z.int().describe('members in the query, and on the list afterwards'),
  added: z.int(),
  removed: z.int(),
  unchanged: z.int(),
  removal: z.object({ large: z.boolean(), percent: z.number(), limit: z.string() }),
  addition: z.object({
    large: z.boolean(),
    percent: z.number().nullable(),
    limit: z.string(),
    percentMax: z.number().optional().describe('the limit as a number; absent in runs of earlier versions'),
  }),
  forecast: z.object({ requests: z.int(), seconds: z.number() }),
  sample: z
    .object({ arrivals: z.array(z.string()), departures: z.array(z.string()) })
    .nullable()
    .describe(
      'some members to be added (masked) and hashes of some to be removed; only while the difference is reviewed',
    ),
  audience: z.enum(['enough', 'empty', 'too_few', 'too_few_in_step', 'too_few_with_audience']),
  audienceMinimum: z.int().describe('members that an audience needs at least'),
})

const detail = z.object({
  id: z.string(),
  name: z.string(),
  kind,
  sample,
  state,
  startedBy,
  startedAt: time,
  endedAt: time.nullable(),
  resolvedWith: z.string().nullable(),
  followedBy: z
    .object({ id: z.string(), state })
    .nullable()
    .describe('the next workflow of its list or orchestration, which replaced it'),
  orchestration: ref.nullable(),
  query: ref.nullable(),
  destination: ref.nullable(),
  credential: ref.nullable(),
  parent: z.string().nullable().describe('the workflow that it is part of'),
  target,
  parts: z.int().describe('workflows that are parts of it: `/workflows?parent=…`'),
  summary: z.string().nullable().describe('what it did, in words'),
  facts: z
    .array(z.object({ label: z.string(), text: z.string() }))
    .describe('the same by what it counted, such as its members'),
  list: z.object({ id: z.string().nullable(), name: z.string(), adAccountId: z.string() }).nullable(),
  listId: listId.nullable(),
  audience: z.object({ id: z.string(), name: z.string(), created: z.boolean() }).nullable(),
  rows: z.object({
    received: z.int(),
    invalid: z.int(),
    duplicates: z.int(),
    members: z.int(),
    inQuery: z.int().optional().describe('members in the query; `members` counts the sample'),
  }),
  invalidByReason: z.record(z.string(), z.int()),
  changes: z.object({ added: z.int(), removed: z.int(), unchanged: z.int() }),
  known: z
    .object({ rows: z.boolean(), members: z.boolean(), additionsSent: z.boolean() })
    .describe('which numbers are known so far; the others are 0'),
  seconds: z.number(),
  stages: z.array(
    z.object({
      stage: z.string(),
      state: z.string(),
      tasks: z.array(
        z.object({
          task: z.string(),
          state: z.string(),
          nextTryAt: time.nullable().describe('when it is retried automatically'),
          attempts: z.int(),
          startedAt: time,
          seconds: z.number(),
          error: errorReport.nullable(),
          said: z.string().nullable().describe('what it did, in a few words; null without access to details'),
          output: z.record(z.string(), z.unknown()).nullable(),
        }),
      ),
    }),
  ),
  comparison,
  review: z.boolean().describe('waits for a person before anything is sent'),
  difference: difference.nullable().describe('null until the query is compared with the list'),
  inputs: z.record(z.string(), z.unknown()),
  log: z.array(z.object({ at: time, level: z.string(), task: z.string().nullable(), text: z.string() })),
  receipts: z.array(
    z.object({
      changeSet: z
        .string()
        .describe('a workflow that starts again in the middle can have several change sets'),
      batch: z.int().describe('its number in the change set'),
      operation: z.enum(['add', 'remove']),
      members: z.int(),
      state: z.string(),
      sentAt: time.nullable(),
      answeredAt: time.nullable(),
      status: z.int().nullable(),
      requestId: z.string().nullable(),
      attempts: z.int(),
    }),
  ),
  receiptsDeleted: z
    .object({
      at: time,
      sha256: z.string(),
      changeSets: z
        .array(z.object({ changeSet: z.string(), sha256: z.string() }))
        .describe('the SHA-256 of the lines of each change set, in the order of the file'),
    })
    .nullable()
    .describe('when the receipts were deleted, and the SHA-256 of the file that held them'),
  rejects: z.boolean().describe('whether a list of rejected rows can be downloaded'),
  warnings: z.array(
    z.object({
      ...errorReport.shape,
      accepted: z
        .object({ by: z.string(), at: time })
        .optional()
        .describe('who accepted it as it is, and when'),
    }),
  ),
  error: z.object({ ...errorReport.shape, attribution: z.enum(['configuration', 'platform']) }).nullable(),
})

const action = z.object({
  action: z.string(),
  title: z.string(),
  about: z.string(),
  steps: z.array(z.string()),
  subjects: z.array(z.object({ type: z.string(), id: z.string(), name: z.string(), link: z.string() })),
  inputs: z.enum(['same', 'current', 'none']),
  destructive: z.boolean().describe('whether it changes members or the list for good'),
})

const filter = z.strictObject({
  ...pageQuery.shape,
  state: state.optional().describe('only workflows in this state'),
  kind: z.string().max(60).optional().describe('only workflows of this kind, such as `sync`'),
  sample: z.enum(['true', 'false']).optional().describe('those that send some members only, or the others'),
  startedBy: starter.optional().describe('who or what started it'),
  orchestrationId: z.string().max(60).optional().describe('only runs of this orchestration'),
  destinationId: z.string().max(60).optional().describe('only runs to this destination'),
  queryId: z.string().max(60).optional().describe('only runs of this query'),
  listId: z.string().max(60).optional().describe('only runs of this customer list, by its ID in `/lists`'),
  parent: z.string().max(60).optional().describe('parts of this workflow'),
  from: instant.optional().describe('started at or after'),
  to: instant.optional().describe('started before'),
})

export function addWorkflowRoutes(api: Api): void {
  const { limits } = api.context.platform
  addRoute(
    api,
    {
      id: 'workflows.list',
      method: 'GET',
      path: '/workflows',
      summary: 'List workflows, newest first',
      permission: 'workflow:view',
      query: filter,
      answer: seenPageAnswer(workflowSummary),
    },
    async ({
      tenant: { db },
      principal,
      query: { limit, cursor, listId: subject, sample: some, ...wanted },
    }) => ({
      ...(await listWorkflows(
        db,
        principal,
        { ...wanted, subject, sample: some === undefined ? undefined : some === 'true' },
        {
          limit: Math.min(limit, limits.pageRowsMax),
          cursor: cursor ?? null,
        },
      )),
      hidden: await countHidden(db, principal, 'workflow'),
    }),
  )
  addRoute(
    api,
    {
      id: 'workflows.get',
      method: 'GET',
      path: '/workflows/{id}',
      summary: 'View a workflow with its stages, tasks, run log and receipts',
      permission: 'workflow:view',
      params: idParam,
      answer: detail,
    },
    ({ tenant, principal, params }) => readWorkflow(tenant, principal, params.id),
  )
  addRoute(
    api,
    {
      id: 'workflows.actions',
      method: 'GET',
      path: '/workflows/{id}/actions',
      summary: 'Show the resolutions of a workflow that fit its error and your policies',
      permission: 'workflow:view',
      params: idParam,
      answer: z.object({ items: z.array(action) }),
    },
    async ({ tenant, params }) => ({ items: await actionsFor(tenant.db, tenant.actor, params.id) }),
  )
  addRoute(
    api,
    {
      id: 'workflows.resolve',
      method: 'POST',
      path: '/workflows/{id}/actions',
      summary: 'Take a workflow action',
      permission: 'workflow:act',
      errors: ['action_not_possible', 'already_running', 'query_not_active', 'source_not_found'],
      params: idParam,
      body: z.strictObject({
        action: z.string().max(60).describe('one of those that `rollcall workflows actions` lists'),
      }),
      answer: z.object({ workflow: z.string(), state: z.string() }),
      status: 202,
    },
    ({ tenant, params, body, context }) => resolveNow(tenant, context.queue, params.id, body.action),
  )
  addRoute(
    api,
    {
      id: 'workflows.stop',
      method: 'POST',
      path: '/workflows/{id}/stop',
      summary: 'Stop a workflow; what Pinterest confirmed stays on record',
      permission: 'workflow:act',
      errors: ['action_not_possible'],
      params: idParam,
      answer: z.object({ workflow: z.string(), state: z.string() }),
      status: 202,
    },
    ({ tenant, params, context }) => resolveNow(tenant, context.queue, params.id, 'stop'),
  )
  addRoute(
    api,
    {
      id: 'workflows.receipts',
      method: 'GET',
      path: '/workflows/{id}/receipts',
      summary: 'Download the receipts of a workflow as recorded, one JSON object per line',
      permission: 'workflow:view',
      params: idParam,
      answer: z.string(),
      media: 'application/x-ndjson',
    },
    async ({ tenant, principal, params }) =>
      new Response(await openReceipts(tenant.db, principal, params.id), {
        headers: {
          'content-type': 'application/x-ndjson',
          'content-disposition': `attachment; filename="receipts-${params.id}.jsonl"`,
        },
      }),
  )
  addRoute(
    api,
    {
      id: 'workflows.rejects',
      method: 'GET',
      path: '/workflows/{id}/rejects',
      summary: 'Download the rejected rows of a workflow: row, reason and masked value',
      permission: 'workflow:view',
      params: idParam,
      answer: z.string(),
      media: 'text/csv',
    },
    async ({ tenant, principal, params }) => {
      const bytes = await openRejects(tenant, principal, params.id)
      return new Response(ReadableStream.from(bytes), {
        headers: {
          'content-type': 'text/csv; charset=utf-8',
          'content-disposition': `attachment; filename="rejects-${params.id}.csv"`,
        },
      })
    },
  )
}
