import { z } from 'zod'
import { applyConfiguration } from '../../workspace/configuration/apply.ts'
import { difference, objectChange } from '../../workspace/configuration/change.ts'
import { configurationSchema } from '../../workspace/configuration/document.ts'
import { exportConfiguration } from '../../workspace/configuration/export.ts'
import { component } from '../../objects/components.ts'
import { planConfiguration } from '../../workspace/configuration/plan.ts'
import { addRoute } from '../api.ts'
import type { Api } from '../api.ts'
import { checkErrors, queryErrors } from '../route-errors.ts'

/** Described here and checked where it is read, so that all that is wrong with it is told at once, each with its place. */
function documentOf() {
  const { $schema: _, ...documentSchema } = z.toJSONSchema(configurationSchema(), {
    io: 'input',
    unrepresentable: 'any',
  })
  const document = z
    .custom<object>((value) => typeof value === 'object' && value !== null, 'takes a configuration')
    .meta(documentSchema)
  return component('Configuration', document)
}

const prune = z
  .boolean()
  .default(false)
  .describe('also delete objects missing from the document, for the kinds it contains')

export function addConfigurationRoutes(api: Api): void {
  const document = documentOf()
  addRoute(
    api,
    {
      id: 'configuration.export',
      method: 'GET',
      path: '/configuration',
      summary: 'Export the configuration, without secrets',
      permission: 'configuration:export',
      answer: document,
    },
    ({ tenant }) => exportConfiguration(tenant),
  )
  addRoute(
    api,
    {
      id: 'configuration.plan',
      method: 'POST',
      path: '/configuration/plan',
      summary: 'Show what applying a configuration would change',
      permission: 'configuration:apply',
      errors: ['source_not_found'],
      bytesLimit: 'configurationBytesMax',
      body: z.strictObject({ document, prune }),
      answer: difference,
    },
    ({ tenant, body }) => planConfiguration(tenant, body.document, body),
  )
  addRoute(
    api,
    {
      id: 'configuration.apply',
      method: 'POST',
      path: '/configuration/apply',
      summary: 'Apply a configuration exactly as its plan showed',
      permission: 'configuration:apply',
      errors: ['not_found', 'in_use', ...queryErrors, ...checkErrors],
      bytesLimit: 'configurationBytesMax',
      body: z.strictObject({ document, digest: difference.shape.digest, prune }),
      answer: z.object({ applied: z.array(objectChange) }),
    },
    async ({ tenant, body, signal }) => ({
      applied: await applyConfiguration(tenant, body.document, {
        expectedDigest: body.digest,
        prune: body.prune,
        signal,
      }),
    }),
  )
}
