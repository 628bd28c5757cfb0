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
  state: state.describe('its state, from its newest workflow that may send'),
  name: z.string(),
  adAccount: ref,
  pinterestId: z.string().nullable().describe('once the list exists'),
  audienceId: z.string().nullable(),
  members: z.int().describe('members that Pinterest confirmed'),
  unsure: z.int().describe('members in requests whose answer was lost; the next run settles them'),
  orchestration: z
    .object({ ...ref.shape, enabled: z.boolean(), nextRunAt: time.nullable() })
    .nullable()
    .describe('what keeps it in step'),
  destination: ref.nullable(),
  lastWorkflow: workflowSummary.nullable(),
  history: z
    .array(
      z.object({
        at: time,
        members: z.int(),
        inStep: z
          .boolean()
          .describe('true if the run brought the list in step; false if it failed or is still running'),
      }),
    )
    .describe('members after each of the last runs, oldest first'),
  counters: counters
    .nullable()
    .describe('what Pinterest should count after everything sent; null if unknown'),
  changedElsewhere: z.string().nullable().describe('changes made elsewhere that are not accepted yet'),
  acceptedElsewhere: z
    .object({ changes: z.string(), by: z.string().nullable(), at: time.nullable() })
    .nullable()
    .describe('changes made elsewhere that were accepted; who and when are null if not recorded'),
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
  problem: z.string().nullable().describe('changes made elsewhere, or that the list is gone'),
  isChangedElsewhere: z.boolean(),
  lastSentAt: time.nullable().describe('when Pinterest last confirmed a request from Rollcall'),
})

const filter = z.strictObject({
  ...pageQuery.shape,
  order: z.enum(['name', 'state']).default('name').describe('state: worst first'),
  kept: z
    .enum(['true', 'false'])
    .default('false')
    .describe('only lists that an orchestration keeps in step, without samples'),
  needsPerson: z.enum(['true', 'false']).optional().describe('only lists that wait for a decision'),
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
      summary: 'Count the lists that are kept in step, by state',
      permission: 'workflow:view',
      answer: z.object({
        lists: z.int(),
        needPerson: z.int().describe('lists that wait for a decision'),
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
      summary: 'Ask Pinterest for the state of a list and its audience',
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
          detail: 'no orchestration keeps this list in step, so a new list would stay empty.',
        })
      const wanted = { orchestrationId, action: 'rebuild' } as const
      return { workflow: await scheduleNow(tenant, context.queue, wanted) }
    },
  )
}
