import { z } from 'zod'
import { checkDestination, DestinationRefused } from '../../tenant/check-destination.ts'
import {
  copyDestination,
  createDestination,
  deleteDestination,
  destinationLimits,
  getDestination,
  listDestinations,
  updateDestination,
} from '../../tenant/destinations.ts'
import { countHidden } from '../../tenant/seen.ts'
import { addRoute } from '../api.ts'
import type { Api } from '../api.ts'
import {
  idParam,
  limitsSchema,
  longText,
  pageOf,
  pageQuery,
  ref,
  seenPageAnswer,
  shortText,
  time,
  version,
} from '../schemas.ts'

const limitsInput = limitsSchema(destinationLimits)

const destination = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  credential: ref.nullable().describe('null if you may not see credentials'),
  adminOnly: z.boolean(),
  limitedPii: z.boolean(),
  audiencePrimaryKey: z.literal('email'),
  adAccount: ref,
  limits: limitsInput,
  orchestrations: z.int(),
  version: z.int(),
  createdAt: time,
  updatedAt: time,
})

const fields = {
  name: shortText,
  description: longText,
  credentialId: z.string().max(60),
  adminOnly: z.boolean().describe('only for Datagrid Operators and Administrators'),
  limitedPii: z.boolean().describe('the PII setting: limited access to PII is enough'),
  audiencePrimaryKey: z.literal('email'),
  adAccountId: z.string().max(60).describe('1 to 18 digits'),
  limits: limitsInput.describe('timings of automatic retries'),
}

const input = z.strictObject({
  ...fields,
  description: fields.description.default(''),
  adminOnly: fields.adminOnly.default(false),
  limitedPii: fields.limitedPii.default(false),
  audiencePrimaryKey: fields.audiencePrimaryKey.default('email'),
  limits: fields.limits.default({}),
})

const edit = z.strictObject({ ...z.strictObject(fields).partial().shape, version })

const check = z.object({ check: z.string(), ok: z.boolean().nullable(), text: z.string() })

export function addDestinationRoutes(api: Api): void {
  const { limits } = api.context.platform
  addRoute(
    api,
    {
      id: 'destinations.list',
      method: 'GET',
      path: '/destinations',
      summary: 'List destinations',
      permission: 'destination:view',
      query: z.strictObject({ ...pageQuery.shape, credentialId: fields.credentialId.optional() }),
      answer: seenPageAnswer(destination),
    },
    async ({ tenant: { db }, principal, query }) => ({
      ...(await listDestinations(db, principal, query, pageOf(query, limits.pageRowsMax))),
      hidden: await countHidden(db, principal, 'destination'),
    }),
  )
  addRoute(
    api,
    {
      id: 'destinations.create',
      method: 'POST',
      path: '/destinations',
      summary: 'Add a destination, checked with Pinterest before it is saved',
      permission: 'destination:edit',
      body: input,
      answer: destination,
      status: 201,
    },
    ({ tenant, body, signal }) => createDestination(tenant, body, signal),
  )
  addRoute(
    api,
    {
      id: 'destinations.check',
      method: 'POST',
      path: '/destinations/check',
      summary: 'Check a credential and ad account with Pinterest, without saving',
      permission: 'destination:edit',
      body: z.strictObject({ credentialId: fields.credentialId, adAccountId: fields.adAccountId }),
      answer: z.object({ accepted: z.boolean(), checks: z.array(check) }),
    },
    async ({ tenant, body, signal }) => {
      try {
        const { checks } = await checkDestination(tenant, body, signal)
        return { accepted: true, checks }
      } catch (error) {
        if (error instanceof DestinationRefused) return { accepted: false, checks: error.checks }
        throw error
      }
    },
  )
  addRoute(
    api,
    {
      id: 'destinations.get',
      method: 'GET',
      path: '/destinations/{id}',
      summary: 'View a destination',
      permission: 'destination:view',
      params: idParam,
      answer: destination,
    },
    ({ tenant, principal, params }) => getDestination(tenant.db, principal, params.id),
  )
  addRoute(
    api,
    {
      id: 'destinations.update',
      method: 'PATCH',
      path: '/destinations/{id}',
      summary: 'Edit a destination, checked with Pinterest before it is saved',
      permission: 'destination:edit',
      params: idParam,
      body: edit,
      answer: destination,
    },
    ({ tenant, params, body, signal }) => updateDestination(tenant, params.id, body, signal),
  )
  addRoute(
    api,
    {
      id: 'destinations.copy',
      method: 'POST',
      path: '/destinations/{id}/copy',
      summary: 'Copy a destination under another name',
      permission: 'destination:edit',
      params: idParam,
      body: z.strictObject({ name: shortText }),
      answer: destination,
      status: 201,
    },
    ({ tenant, params, body, signal }) => copyDestination(tenant, params.id, body.name, signal),
  )
  addRoute(
    api,
    {
      id: 'destinations.delete',
      method: 'DELETE',
      path: '/destinations/{id}',
      summary: 'Delete a destination',
      permission: 'destination:edit',
      params: idParam,
      answer: null,
    },
    ({ tenant, params }) => deleteDestination(tenant, params.id),
  )
}
