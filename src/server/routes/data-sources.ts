import { z } from 'zod'
import {
  createDataSource,
  deleteDataSource,
  getDataSource,
  listDataSources,
  updateDataSource,
} from '../../tenant/data-sources.ts'
import type { DataSourceChange, DataSourceInput } from '../../tenant/data-sources.ts'
import type { SourceType } from '../../sources/contract.ts'
import { sourceTypes } from '../../sources/registry.ts'
import { formOf, shownShape } from '../../sources/settings.ts'
import { addRoute } from '../api.ts'
import type { Api } from '../api.ts'
import { idParam, longText, pageAnswer, pageOf, pageQuery, shortText, time, version } from '../schemas.ts'
import { byKind, editedShape, settingsForm, settingsShape } from '../settings-schemas.ts'

const openColumns = z
  .array(z.string().max(500))
  .max(1_000)
  .describe('columns that hold nothing personal; all others are hidden from people who may not view PII')

function answerOf(types: readonly SourceType[]): z.ZodType {
  return z.object({
    id: z.string(),
    name: z.string(),
    description: z.string(),
    kind: z.enum(types.map(({ kind }) => kind)),
    settings: z.union(types.map((type) => z.object(shownShape(type)))),
    openColumns: z
      .array(z.string())
      .describe('columns that hold nothing personal; all others are hidden from people who may not view PII'),
    queries: z.int(),
    version: z.int(),
    createdAt: time,
    updatedAt: time,
  })
}

function inputOf(types: readonly SourceType[]): z.ZodType<DataSourceInput> {
  return byKind(
    types,
    types.map((type) =>
      z.strictObject({
        kind: z.literal(type.kind),
        name: shortText,
        description: longText.default(''),
        ...settingsShape(type),
        openColumns: openColumns.default([]),
      }),
    ),
  )
}

function editOf(types: readonly SourceType[]): z.ZodType<DataSourceChange> {
  return z.strictObject({
    version,
    name: shortText.optional(),
    description: longText.optional(),
    ...editedShape(types),
    openColumns: openColumns.optional(),
  })
}

export function addDataSourceRoutes(api: Api): void {
  const { limits } = api.context.platform
  const types = sourceTypes()
  const dataSource = answerOf(types)
  addRoute(
    api,
    {
      id: 'data-sources.list',
      method: 'GET',
      path: '/data-sources',
      summary: 'List data sources',
      permission: 'data_source:view',
      query: pageQuery,
      answer: pageAnswer(dataSource),
    },
    ({ tenant, query }) => listDataSources(tenant.db, pageOf(query, limits.pageRowsMax)),
  )
  addRoute(
    api,
    {
      id: 'data-sources.types',
      method: 'GET',
      path: '/data-source-types',
      summary: 'List the types of data sources with their settings',
      permission: 'data_source:view',
      answer: z.object({ items: z.array(settingsForm) }),
    },
    async () => ({ items: types.map(formOf) }),
  )
  addRoute(
    api,
    {
      id: 'data-sources.create',
      method: 'POST',
      path: '/data-sources',
      summary: 'Add a data source',
      permission: 'data_source:edit',
      body: inputOf(types),
      answer: dataSource,
      status: 201,
    },
    ({ tenant, body }) => createDataSource(tenant, body),
  )
  addRoute(
    api,
    {
      id: 'data-sources.get',
      method: 'GET',
      path: '/data-sources/{id}',
      summary: 'View a data source',
      permission: 'data_source:view',
      params: idParam,
      answer: dataSource,
    },
    ({ tenant, params }) => getDataSource(tenant.db, params.id),
  )
  addRoute(
    api,
    {
      id: 'data-sources.update',
      method: 'PATCH',
      path: '/data-sources/{id}',
      summary: 'Edit a data source',
      permission: 'data_source:edit',
      params: idParam,
      body: editOf(types),
      answer: dataSource,
    },
    ({ tenant, params, body }) => updateDataSource(tenant, params.id, body),
  )
  addRoute(
    api,
    {
      id: 'data-sources.delete',
      method: 'DELETE',
      path: '/data-sources/{id}',
      summary: 'Delete a data source',
      permission: 'data_source:edit',
      params: idParam,
      answer: null,
    },
    ({ tenant, params }) => deleteDataSource(tenant, params.id),
  )
}
