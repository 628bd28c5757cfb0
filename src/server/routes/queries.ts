import { z } from 'zod'
import { may } from '../../access/permissions.ts'
import type { Principal } from '../../access/permissions.ts'
import { invalid, RollcallError } from '../../base/rollcall-error.ts'
import { activateDraft } from '../../workspace/activation.ts'
import {
  createQuery,
  deleteQuery,
  discardDraft,
  getQuery,
  listQueries,
  updateQuery,
} from '../../workspace/queries.ts'
import { countQuery, previewQuery, tablesOf } from '../../workspace/preview.ts'
import type { WhichText } from '../../workspace/preview.ts'
import { addRoute } from '../api.ts'
import type { Api } from '../api.ts'
import { queryErrors, sourceErrors } from '../route-errors.ts'
import { version } from '../../objects/fields.ts'
import { queryObject, queryText, UNREADABLE } from '../../objects/query.ts'
import { idParam, pageAnswer, pageOf, pageQuery } from '../schemas.ts'

const which = z.strictObject({
  text: z.enum(['draft', 'active']).optional().describe('the draft by default, if there is one'),
})

/** What is typed can be looked at before it is saved, by those who may save it. */
const whichOrTyped = which.extend({
  typed: queryText.optional().describe('run this text instead of a saved one; needs query:edit'),
})

const notChecked = z
  .string()
  .nullable()
  .describe('why the source could not check the text; null once it is known to work')

const warnings = z
  .array(z.string())
  .describe('warnings about the text to read before you send anything from it')

const onlyVersion = z.strictObject({ version })

const previewAnswer = z.object({
  columns: z.array(
    z.object({
      name: z.string(),
      type: z.string(),
      hidden: z
        .boolean()
        .describe('its values are hidden, or were computed from placeholders for hidden values'),
    }),
  ),
  rows: z.array(z.array(z.union([z.string(), z.number(), z.boolean()]).nullable())),
  columnsTotal: z.int(),
  rowCount: z.int().nullable().describe('number of rows if all are shown; null if you may not view PII'),
  masked: z
    .boolean()
    .describe('personal columns are hidden and rows are not counted because you may not view PII'),
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
      query: z.strictObject({
        ...pageQuery.shape,
        dataSourceId: z.string().max(60).optional().describe('only queries that read this data source'),
      }),
      answer: pageAnswer(queryObject.answer),
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
      errors: ['not_found'],
      body: queryObject.input,
      answer: queryObject.answer,
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
      answer: queryObject.answer,
    },
    ({ tenant, principal, params }) => getQuery(tenant.db, principal, params.id),
  )
  addRoute(
    api,
    {
      id: 'queries.update',
      method: 'PATCH',
      path: '/queries/{id}',
      summary: 'Edit a query; a new text is a draft until you activate it',
      permission: 'query:edit',
      params: idParam,
      body: queryObject.edit,
      answer: queryObject.answer,
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
      errors: queryErrors,
      params: idParam,
      body: onlyVersion,
      answer: queryObject.answer.extend({ notChecked, warnings }),
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
      answer: queryObject.answer,
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
      errors: ['query_not_active', ...queryErrors],
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
      errors: ['query_not_active', ...queryErrors],
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
      errors: sourceErrors,
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
  if (saved !== undefined) throw invalid('give "text" or "typed", not both.')
  if (!may(principal, 'query:edit'))
    throw new RollcallError('access_denied', {
      detail: 'you may only run saved queries because you may not edit them.',
    })
  return typed
}
