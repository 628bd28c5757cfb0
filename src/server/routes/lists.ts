import { z } from 'zod'
import { RollcallError } from '../../base/rollcall-error.ts'
import { checkList } from '../../history/check-list.ts'
import { getListView, listLists, listRow, listStates, summarizeLists } from '../../history/lists.ts'
import { scheduleNow } from '../../runs/schedule-now.ts'
import { addRoute } from '../api.ts'
import type { Api } from '../api.ts'
import { pinterestErrors } from '../route-errors.ts'
import { ref, time } from '../../objects/fields.ts'
import { hidden, idParam, pageOf, pageQuery, seenPageAnswer } from '../schemas.ts'
import { workflowSummary } from './workflows.ts'

const counters = z.object({ batches: z.int(), uploaded: z.int(), removed: z.int() })

const state = z.enum(listStates)

const list = z.object({
  id: z.string(),
  state: state.describe('how it stands, by its newest workflow that may send'),
  name: z.string(),
  adAccount: ref,
  pinterestId: z.string().nullable().describe('once there is a list'),
  audienceId: z.string().nullable(),
  members: z.int().describe('that Pinterest confirmed'),
  unsure: z.int().describe('in requests whose answer was lost; the next run settles them'),
  orchestration: z
    .object({ ...ref.shape, enabled: z.boolean(), nextRunAt: time.nullable() })
    .nullable()
    .describe('who keeps it in step'),
  destination: ref.nullable(),
  lastWorkflow: workflowSummary.nullable(),
  history: z
    .array(
      z.object({
        at: time,
        members: z.int(),
        inStep: z.boolean().describe('the run brought the list in step; otherwise it broke off, or goes on'),
      }),
    )
    .describe('members as each of the last runs left them, oldest first'),
  counters: counters.nullable().describe('what Pinterest should count by what was sent; null when not known'),
  changedElsewhere: z.string().nullable().describe('what others did to it, until a person accepts it'),
  acceptedElsewhere: z
    .object({ changes: z.string(), by: z.string().nullable(), at: time.nullable() })
    .nullable()
    .describe('what others did to it that a person accepted; who and when are null when that was not kept'),
  createdAt: time,
  updatedAt: time,
})

const atPinterest = z.object({
  checkedAt: time,
  list: z
    .object({ id: z.string(), name: z.string(), status: z.string(), counters, updatedAt: time })
    .nullable(),
  audience: z
    .object({ id: z.string(), name: z.string(), status: z.string(), size: z.int().nullable() })
    .nullable(),
  problem: z.string().nullable().describe('what others did to it, or that it is gone'),
  isChangedElsewhere: z.boolean(),
  lastSentAt: time.nullable().describe('when Pinterest confirmed the last request of Rollcall'),
})

const filter = z.strictObject({
  ...pageQuery.shape,
  order: z.enum(['name', 'state']).default('name').describe('state: the worst first'),
  kept: z.enum(['true', 'false']).default('false').describe('only those kept in step, without samples'),
  needsPerson: z
    .enum(['true', 'false'])
    .optional()
    .describe('only those that wait for what a person decides'),
})

export function addListRoutes(api: Api): void {
  const { limits } = api.context.platform
  addRoute(
    api,
    {
      id: 'lists.list',
      method: 'GET',
      path: '/lists',
      summary: 'List the customer lists with their members over time',
      permission: 'workflow:view',
      query: filter,
      answer: seenPageAnswer(list),
    },
    ({ tenant, principal, query: { needsPerson, kept, order, ...page } }) =>
      listLists(
        tenant.db,
        principal,
        { needsPerson: needsPerson === 'true', kept: kept === 'true' },
        { ...pageOf(page, limits.pageRowsMax), order },
      ),
  )
  addRoute(
    api,
    {
      id: 'lists.summary',
      method: 'GET',
      path: '/lists/summary',
      summary: 'Count the lists that are kept in step, by how they stand',
      permission: 'workflow:view',
      answer: z.object({
        lists: z.int(),
        needPerson: z.int().describe('that wait for what a person decides'),
        byState: z.object(
          Object.fromEntries(state.options.map((one) => [one, z.int()])) as Record<
            z.output<typeof state>,
            z.ZodInt
          >,
        ),
        hidden,
      }),
    },
    ({ tenant, principal }) => summarizeLists(tenant.db, principal),
  )
  addRoute(
    api,
    {
      id: 'lists.get',
      method: 'GET',
      path: '/lists/{id}',
      summary: 'View a customer list',
      permission: 'workflow:view',
      params: idParam,
      answer: list,
    },
    ({ tenant, principal, params }) => getListView(tenant.db, principal, params.id),
  )
  addRoute(
    api,
    {
      id: 'lists.verify',
      method: 'GET',
      path: '/lists/{id}/at-pinterest',
      summary: 'Ask Pinterest how a list and its audience stand',
      permission: 'workflow:view',
      errors: ['list_not_found', ...pinterestErrors],
      params: idParam,
      answer: atPinterest,
    },
    ({ tenant, params, signal, context }) => checkList(tenant, context.queue, params.id, signal),
  )
  addRoute(
    api,
    {
      id: 'lists.rebuild',
      method: 'POST',
      path: '/lists/{id}/rebuild',
      summary: 'Create a new customer list with this name and all members, and a new audience from it',
      permission: 'orchestration:run',
      errors: ['action_not_possible', 'already_running', 'query_not_active', 'source_not_found'],
      params: idParam,
      answer: z.object({ workflow: z.string() }),
      status: 202,
    },
    async ({ tenant, principal, params, context }) => {
      const { orchestration_id: orchestrationId } = await listRow(tenant.db, principal, params.id)
      if (orchestrationId === null)
        throw new RollcallError('action_not_possible', {
          detail: 'no orchestration keeps this list in step, so nothing can fill a new one.',
        })
      const wanted = { orchestrationId, release: 'rebuild' } as const
      return { workflow: await scheduleNow(tenant, context.queue, wanted) }
    },
  )
}
