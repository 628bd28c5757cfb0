import { z } from 'zod'
import { may } from '../../access/permissions.ts'
import type { Principal } from '../../access/permissions.ts'
import { invalid, RollcallError } from '../../base/rollcall-error.ts'
import { activateDraft } from '../../tenant/activation.ts'
import {
  createQuery,
  deleteQuery,
  discardDraft,
  getQuery,
  listQueries,
  updateQuery,
} from '../../tenant/queries.ts'
import { countQuery, previewQuery, tablesOf } from '../../tenant/preview.ts'
import type { WhichText } from '../../tenant/preview.ts'
import { addRoute } from '../api.ts'
import type { Api } from '../api.ts'
import {
  errorReport,
  idParam,
  longText,
  pageAnswer,
  pageOf,
  pageQuery,
  ref,
  shortText,
  time,
  version,
} from '../schemas.ts'

const text = z.strictObject({
  sql: z.string().max(200_000),
  emailColumn: z.string().max(500).default('email'),
  hashed: z.boolean().default(false).describe('the column holds SHA-256 hashes, not addresses'),
})

const UNREADABLE = 'lines of files that could not be read, besides the rows'

const bound = z.int().min(0).max(1e12).optional()
const thresholds = z.strictObject({ warnBelow: bound, warnAbove: bound, failBelow: bound, failAbove: bound })

const queryText = z.object({ sql: z.string(), emailColumn: z.string(), hashed: z.boolean() })

const query = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  dataSource: ref,
  status: z.enum(['draft', 'activated', 'running', 'completed', 'inactive', 'error']),
  active: queryText.nullable(),
  draft: queryText.nullable(),
  draftBy: z.object({ name: z.string(), at: time }).nullable().describe('who saved the draft'),
  activationRefused: z.string().nullable().describe('why you may not activate a draft; null if you may'),
  activatedAt: time.nullable(),
  thresholds,
  lastRun: z
    .object({
      at: time,
      rows: z.int().nullable().describe('that the query returned'),
      unreadable: z.int().optional().describe(UNREADABLE),
      seconds: z.number().nullable(),
      workflow: z.string().nullable(),
      error: errorReport.nullable(),
    })
    .nullable()
    .describe('null too if your access does not include that run'),
  orchestrations: z.array(ref),
  hiddenOrchestrations: z.int().describe('further ones, whose destinations your access does not include'),
  version: z.int(),
  createdAt: time,
  updatedAt: time,
})

const which = z.strictObject({
  text: z.enum(['draft', 'active']).optional().describe('by default the draft, if there is one'),
})

/** What is typed can be looked at before it is saved, by those who may save it. */
const whichOrTyped = which.extend({
  typed: text.optional().describe('this text instead of a saved one; needs query:edit'),
})

const notChecked = z
  .string()
  .nullable()
  .describe('why the source could not say whether the text works; null once it is known to')

const warnings = z
  .array(z.string())
  .describe('what is not wrong with the text, but to be known before anything is sent from it')

const onlyVersion = z.strictObject({ version })

const previewAnswer = z.object({
  columns: z.array(
    z.object({
      name: z.string(),
      type: z.string(),
      hidden: z
        .boolean()
        .describe('its values are hidden, or were computed from constants in place of hidden ones'),
    }),
  ),
  rows: z.array(z.array(z.union([z.string(), z.number(), z.boolean()]).nullable())),
  columnsTotal: z.int(),
  rowCount: z
    .int()
    .nullable()
    .describe('rows of the whole result when all are shown; null if you may not view PII'),
  masked: z
    .boolean()
    .describe('personal columns are hidden and nothing is counted, since you may not view PII'),
  emailColumnProblem: z.string().nullable(),
  unreadable: z.int().nullable().describe(`${UNREADABLE}; null if you may not view PII`),
  warnings,
  seconds: z.number().nullable().describe('null if you may not view PII'),
})

export function addQueryRoutes(api: Api): void {
  const { limits } = api.context.platform
  addRoute(
    api,
    {
      id: 'queries.list',
      method: 'GET',
      path: '/queries',
      summary: 'List queries',
      permission: 'query:view',
      query: z.strictObject({ ...pageQuery.shape, dataSourceId: z.string().max(60).optional() }),
      answer: pageAnswer(query),
    },
    ({ tenant, principal, query: { dataSourceId, ...page } }) =>
      listQueries(tenant.db, principal, { ...pageOf(page, limits.pageRowsMax), dataSourceId }),
  )
  addRoute(
    api,
    {
      id: 'queries.create',
      method: 'POST',
      path: '/queries',
      summary: 'Add a query, as a draft',
      permission: 'query:edit',
      body: z.strictObject({
        name: shortText,
        description: longText.default(''),
        dataSourceId: z.string().max(60),
        draft: text,
        thresholds: thresholds.default({}),
      }),
      answer: query,
      status: 201,
    },
    ({ tenant, body }) => createQuery(tenant, body),
  )
  addRoute(
    api,
    {
      id: 'queries.get',
      method: 'GET',
      path: '/queries/{id}',
      summary: 'View a query',
      permission: 'query:view',
      params: idParam,
      answer: query,
    },
    ({ tenant, principal, params }) => getQuery(tenant.db, principal, params.id),
  )
  addRoute(
    api,
    {
      id: 'queries.update',
      method: 'PATCH',
      path: '/queries/{id}',
      summary: 'Edit a query; a new text is a draft until it is activated',
      permission: 'query:edit',
      params: idParam,
      body: z.strictObject({
        version,
        name: shortText.optional(),
        description: longText.optional(),
        draft: text.optional(),
        thresholds: thresholds.optional(),
      }),
      answer: query,
    },
    ({ tenant, params, body }) => updateQuery(tenant, params.id, body),
  )
  addRoute(
    api,
    {
      id: 'queries.activate',
      method: 'POST',
      path: '/queries/{id}/activate',
      summary: 'Activate the draft of a query',
      permission: 'query:edit',
      params: idParam,
      body: onlyVersion,
      answer: query.extend({ notChecked, warnings }),
    },
    ({ tenant, params, body, signal }) => activateDraft(tenant, params.id, { ...body, signal }),
  )
  addRoute(
    api,
    {
      id: 'queries.discard-draft',
      method: 'POST',
      path: '/queries/{id}/discard-draft',
      summary: 'Discard the draft of a query',
      permission: 'query:edit',
      params: idParam,
      body: onlyVersion,
      answer: query,
    },
    ({ tenant, params, body }) => discardDraft(tenant, params.id, body),
  )
  addRoute(
    api,
    {
      id: 'queries.preview',
      method: 'POST',
      path: '/queries/{id}/preview',
      summary: 'Run a query and show its first rows',
      permission: 'query:run',
      params: idParam,
      body: whichOrTyped,
      answer: previewAnswer,
      unrepeatable: true,
    },
    ({ tenant, principal, params, body, signal }) =>
      previewQuery(tenant, params.id, {
        text: textAsked(body, principal),
        mayViewPii: may(principal, 'pii:view'),
        signal,
      }),
  )
  addRoute(
    api,
    {
      id: 'queries.count',
      method: 'POST',
      path: '/queries/{id}/count',
      summary: 'Count the rows that a query returns',
      permission: 'query:run',
      params: idParam,
      body: whichOrTyped,
      answer: z.object({ rows: z.int(), unreadable: z.int().describe(UNREADABLE), seconds: z.number() }),
      unrepeatable: true,
    },
    ({ tenant, principal, params, body, signal }) =>
      countQuery(tenant, params.id, {
        text: textAsked(body, principal),
        mayViewPii: may(principal, 'pii:view'),
        signal,
      }),
  )
  addRoute(
    api,
    {
      id: 'queries.delete',
      method: 'DELETE',
      path: '/queries/{id}',
      summary: 'Delete a query',
      permission: 'query:edit',
      params: idParam,
      answer: null,
    },
    ({ tenant, params }) => deleteQuery(tenant, params.id),
  )
  addRoute(
    api,
    {
      id: 'data-sources.tables',
      method: 'GET',
      path: '/data-sources/{id}/tables',
      summary: 'List the tables and columns that a data source offers',
      permission: 'query:view',
      params: idParam,
      answer: z.object({
        items: z.array(
          z.object({
            schema: z.string().nullable(),
            name: z.string(),
            columns: z.array(z.object({ name: z.string(), type: z.string() })),
          }),
        ),
      }),
    },
    async ({ tenant, principal, params, signal }) => ({
      items: await tablesOf(tenant, params.id, { mayViewPii: may(principal, 'pii:view'), signal }),
    }),
  )
}

function textAsked({ text: saved, typed }: z.infer<typeof whichOrTyped>, principal: Principal): WhichText {
  if (typed === undefined) return saved
  if (saved !== undefined) throw invalid('it takes "text" or "typed", not both.')
  if (!may(principal, 'query:edit'))
    throw new RollcallError('access_denied', {
      detail: 'you may run queries as they are saved, and may not edit them.',
    })
  return typed
}
