import { z } from 'zod'
import { DestinationRefused } from '../../destinations/checks.ts'
import type { Checked } from '../../destinations/contract.ts'
import { destinationForm } from '../../destinations/form.ts'
import { allDestinationKinds } from '../../destinations/registry.ts'
import {
  destinationAnswer,
  destinationEdit,
  destinationInput,
  destinationWanted,
} from '../../destinations/schemas.ts'
import { id, name } from '../../objects/fields.ts'
import { settingsForm } from '../../sources/settings.ts'
import { checkDestination } from '../../workspace/check-destination.ts'
import {
  checkSaved,
  copyDestination,
  createDestination,
  deleteDestination,
  getDestination,
  listDestinations,
  updateDestination,
} from '../../workspace/destinations.ts'
import { countHidden } from '../../workspace/seen.ts'
import { addRoute } from '../api.ts'
import type { Api } from '../api.ts'
import { checkErrors } from '../route-errors.ts'
import { idParam, pageOf, pageQuery, seenPageAnswer } from '../schemas.ts'

const form = z.object({
  ...settingsForm.shape,
  about: z.string().describe('what it does'),
  target: z
    .object({ noun: z.string(), label: z.string(), hint: z.string() })
    .nullable()
    .describe('what an orchestration writes to, identified by a name'),
  ways: z.array(z.enum(['review', 'sample'])).describe('ways to start a workflow in addition to a plain run'),
  sample: z
    .object({ members: z.int(), hint: z.string() })
    .nullable()
    .describe('what a sample should hold at least'),
  orchestration: z
    .object({
      fields: settingsForm.shape.fields,
      limits: z.array(
        z.object({
          name: z.string(),
          label: z.string(),
          about: z.string(),
          initial: z.number().describe('the default of an installation'),
          min: z.number(),
          max: z.number(),
        }),
      ),
    })
    .describe('what its orchestrations take in addition to what all of them have'),
})

const check = z.object({ check: z.string(), ok: z.boolean().nullable(), text: z.string() })
const verdict = z.object({ accepted: z.boolean(), checks: z.array(check) })

async function verdictOf(checking: Promise<Checked>): Promise<z.output<typeof verdict>> {
  try {
    return { accepted: true, checks: [...(await checking).checks] }
  } catch (error) {
    if (error instanceof DestinationRefused) return { accepted: false, checks: [...error.checks] }
    throw error
  }
}

export function addDestinationRoutes(api: Api): void {
  const { limits } = api.context.platform
  const kinds = allDestinationKinds()
  const destination = destinationAnswer(kinds)
  addRoute(
    api,
    {
      id: 'destinations.list',
      method: 'GET',
      path: '/destinations',
      summary: 'List destinations',
      permission: 'destination:view',
      query: z.strictObject({
        ...pageQuery.shape,
        credentialId: id.optional().describe('only destinations that use this credential'),
      }),
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
      id: 'destinations.kinds',
      method: 'GET',
      path: '/destination-kinds',
      summary: 'List the kinds of destinations with their settings',
      permission: 'destination:view',
      answer: z.object({ items: z.array(form) }),
    },
    async () => ({ items: kinds.map((kind) => destinationForm(kind, limits)) }),
  )
  addRoute(
    api,
    {
      id: 'destinations.create',
      method: 'POST',
      path: '/destinations',
      summary: 'Add a destination, checked with Pinterest before it is saved',
      permission: 'destination:edit',
      errors: ['not_found', ...checkErrors],
      body: destinationInput(kinds),
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
      summary: 'Check a credential and settings with Pinterest, without saving',
      permission: 'destination:edit',
      errors: ['not_found', ...checkErrors],
      body: destinationWanted(kinds),
      answer: verdict,
    },
    ({ tenant, body, signal }) => verdictOf(checkDestination(tenant, body, signal)),
  )
  addRoute(
    api,
    {
      id: 'destinations.check-saved',
      method: 'POST',
      path: '/destinations/{id}/check',
      summary: 'Check a saved destination again with Pinterest',
      permission: 'destination:edit',
      errors: checkErrors,
      params: idParam,
      answer: verdict,
    },
    ({ tenant, params, signal }) => verdictOf(checkSaved(tenant, params.id, signal)),
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
      errors: checkErrors,
      params: idParam,
      body: destinationEdit(kinds),
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
      errors: checkErrors,
      params: idParam,
      body: z.strictObject({ name: name.describe('name of the copy') }),
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
