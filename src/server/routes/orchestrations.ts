import { z } from 'zod'
import {
  orchestrationAnswer,
  orchestrationEdit,
  orchestrationInput,
} from '../../destinations/orchestration-schemas.ts'
import { allDestinationKinds } from '../../destinations/registry.ts'
import { scheduleNow } from '../../runs/schedule-now.ts'
import {
  copyOrchestration,
  createOrchestration,
  deleteOrchestration,
  describeSchedule,
  getOrchestration,
  isAutomatic,
  listOrchestrations,
  updateOrchestration,
} from '../../workspace/orchestrations.ts'
import { countHidden } from '../../workspace/seen.ts'
import { addRoute } from '../api.ts'
import type { Api } from '../api.ts'
import { id, name } from '../../objects/fields.ts'
import { cron, listName, schedule, timeZone } from '../../objects/orchestration.ts'
import { idParam, pageOf, pageQuery, seenPageAnswer } from '../schemas.ts'

const started = z.object({ workflow: z.string() })

export function addOrchestrationRoutes(api: Api): void {
  const { limits } = api.context.platform
  const kinds = allDestinationKinds()
  const orchestration = orchestrationAnswer(kinds)
  addRoute(
    api,
    {
      id: 'orchestrations.list',
      method: 'GET',
      path: '/orchestrations',
      summary: 'List orchestrations',
      permission: 'orchestration:view',
      query: z.strictObject({
        ...pageQuery.shape,
        destinationId: id.optional().describe('only orchestrations that send to this destination'),
        queryId: id.optional().describe('only orchestrations that read this query'),
        automatic: z.enum(['true', 'false']).optional().describe('whether they run on a schedule'),
      }),
      answer: seenPageAnswer(orchestration),
    },
    async ({ tenant: { db }, principal, query: { automatic: wanted, ...query } }) => {
      const automatic = wanted === undefined ? undefined : wanted === 'true'
      const page = pageOf(query, limits.pageRowsMax)
      return {
        ...(await listOrchestrations(db, principal, { ...query, automatic }, page)),
        hidden: await countHidden(db, principal, 'orchestration', isAutomatic(automatic)),
      }
    },
  )
  addRoute(
    api,
    {
      id: 'orchestrations.create',
      method: 'POST',
      path: '/orchestrations',
      summary: 'Add an orchestration',
      permission: 'orchestration:edit',
      errors: ['not_found', 'query_not_active'],
      body: orchestrationInput(kinds),
      answer: orchestration,
      status: 201,
    },
    ({ tenant, body }) => createOrchestration(tenant, body),
  )
  addRoute(
    api,
    {
      id: 'orchestrations.describe-schedule',
      method: 'GET',
      path: '/orchestrations/describe-schedule',
      summary: 'Describe a schedule in words, with its next runs',
      permission: 'orchestration:view',
      query: z.strictObject({ cron, timeZone }),
      answer: schedule,
    },
    async ({ query }) => describeSchedule(query.cron, query.timeZone, new Date()),
  )
  addRoute(
    api,
    {
      id: 'orchestrations.get',
      method: 'GET',
      path: '/orchestrations/{id}',
      summary: 'View an orchestration',
      permission: 'orchestration:view',
      params: idParam,
      answer: orchestration,
    },
    ({ tenant, principal, params }) => getOrchestration(tenant.db, principal, params.id),
  )
  addRoute(
    api,
    {
      id: 'orchestrations.update',
      method: 'PATCH',
      path: '/orchestrations/{id}',
      summary: 'Edit, enable or disable an orchestration',
      permission: 'orchestration:edit',
      errors: ['query_not_active'],
      params: idParam,
      body: orchestrationEdit(kinds),
      answer: orchestration,
    },
    ({ tenant, params, body }) => updateOrchestration(tenant, params.id, body),
  )
  addRoute(
    api,
    {
      id: 'orchestrations.run',
      method: 'POST',
      path: '/orchestrations/{id}/run',
      summary: 'Run an orchestration now',
      permission: 'orchestration:run',
      errors: ['already_running', 'query_not_active', 'source_not_found'],
      params: idParam,
      answer: started,
      status: 202,
    },
    async ({ tenant, params, context }) => ({
      workflow: await scheduleNow(tenant, context.queue, { orchestrationId: params.id }),
    }),
  )
  addRoute(
    api,
    {
      id: 'orchestrations.plan',
      method: 'POST',
      path: '/orchestrations/{id}/plan',
      summary: 'Show the difference first: start a workflow that waits for approval before it sends anything',
      permission: 'orchestration:run',
      errors: ['action_not_possible', 'already_running', 'query_not_active', 'source_not_found'],
      params: idParam,
      answer: started,
      status: 202,
    },
    async ({ tenant, params, context }) => ({
      workflow: await scheduleNow(tenant, context.queue, { orchestrationId: params.id, review: true }),
    }),
  )
  addRoute(
    api,
    {
      id: 'orchestrations.sample',
      method: 'POST',
      path: '/orchestrations/{id}/sample',
      summary: 'Send a sample: some members to a separate list',
      permission: 'orchestration:run',
      errors: ['action_not_possible', 'already_running', 'query_not_active', 'source_not_found'],
      params: idParam,
      body: z.strictObject({
        members: z.int().min(1).max(100_000).describe('how many members of the query to send').default(100),
      }),
      answer: started,
      status: 202,
    },
    async ({ tenant, params, body, context }) => ({
      workflow: await scheduleNow(tenant, context.queue, {
        orchestrationId: params.id,
        sampleMembers: body.members,
      }),
    }),
  )
  addRoute(
    api,
    {
      id: 'orchestrations.copy',
      method: 'POST',
      path: '/orchestrations/{id}/copy',
      summary: 'Copy an orchestration for another customer list',
      permission: 'orchestration:edit',
      errors: ['query_not_active'],
      params: idParam,
      body: z.strictObject({ name: name.describe('name of the copy'), listName }),
      answer: orchestration,
      status: 201,
    },
    ({ tenant, params, body }) => copyOrchestration(tenant, params.id, body),
  )
  addRoute(
    api,
    {
      id: 'orchestrations.delete',
      method: 'DELETE',
      path: '/orchestrations/{id}',
      summary: 'Delete an orchestration; its list and history stay',
      permission: 'orchestration:edit',
      params: idParam,
      answer: null,
    },
    ({ tenant, params }) => deleteOrchestration(tenant, params.id),
  )
}
