import { z } from 'zod'
import { applyConfiguration } from '../../tenant/configuration/apply.ts'
import { configurationSchema } from '../../tenant/configuration/document.ts'
import { exportConfiguration } from '../../tenant/configuration/export.ts'
import { kinds } from '../../objects/kinds.ts'
import { planConfiguration } from '../../tenant/configuration/plan.ts'
import { addRoute } from '../api.ts'
import type { Api } from '../api.ts'
import { pinterestErrors, queryErrors } from '../route-errors.ts'

/** Described here and checked where it is read, so that all that is wrong with it is told at once, each with its place. */
function documentOf() {
  const { $schema: _, ...documentSchema } = z.toJSONSchema(configurationSchema(), {
    io: 'input',
    unrepresentable: 'any',
  })
  return z
    .custom<object>((value) => typeof value === 'object' && value !== null, 'takes a configuration')
    .meta(documentSchema)
}

const objectName = { kind: z.enum(kinds), name: z.string() }

const change = z.object({
  ...objectName,
  action: z.enum(['create', 'change', 'delete', 'same']),
  fields: z.array(z.object({ name: z.string(), from: z.unknown(), to: z.unknown() })),
  notChecked: z
    .string()
    .optional()
    .describe('why the source could not say whether the text of an applied query works'),
  warnings: z.array(z.string()).optional().describe('what to know of the text of an applied query'),
})

const digest = z.string().max(100).describe('digest of the plan that was shown')
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
      answer: z.object({
        digest,
        changes: z.array(change),
        left: z.array(z.object(objectName)).describe('objects missing from the document, which stay'),
        kept: z
          .array(z.string())
          .describe('credentials that keep their secrets although the document gives some'),
      }),
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
      errors: ['not_found', 'in_use', ...queryErrors, ...pinterestErrors],
      bytesLimit: 'configurationBytesMax',
      body: z.strictObject({ document, digest, prune }),
      answer: z.object({ applied: z.array(change) }),
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
