import { z } from 'zod'
import {
  createDataSource,
  deleteDataSource,
  getDataSource,
  listDataSources,
  updateDataSource,
} from '../../tenant/data-sources.ts'
import { addRoute } from '../api.ts'
import type { Api } from '../api.ts'
import { idParam, longText, pageAnswer, pageOf, pageQuery, shortText, time, version } from '../schemas.ts'

const dataSource = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  kind: z.enum(['files', 'postgres']),
  settings: z.union([
    z.object({ folder: z.string(), files: z.array(z.string()) }),
    z.object({ host: z.string(), database: z.string() }),
  ]),
  openColumns: z
    .array(z.string())
    .describe('columns that hold nothing personal; all others are hidden from people who may not view PII'),
  queries: z.int(),
  version: z.int(),
  createdAt: time,
  updatedAt: time,
})

const fields = {
  folder: z.string().max(4_000).describe('absolute path; nothing outside it is read'),
  files: z
    .array(z.string().max(1_000))
    .max(1_000)
    .describe('files or patterns below the folder, such as customers-*.csv'),
  url: z.string().max(4_000).describe('postgres://user:password@host/database; write-only'),
}

const openColumns = z
  .array(z.string().max(500))
  .max(1_000)
  .describe('columns that hold nothing personal; all others are hidden from people who may not view PII')

const input = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('files'),
    name: shortText,
    description: longText.default(''),
    folder: fields.folder,
    files: fields.files,
    openColumns: openColumns.default([]),
  }),
  z.strictObject({
    kind: z.literal('postgres'),
    name: shortText,
    description: longText.default(''),
    url: fields.url,
    openColumns: openColumns.default([]),
  }),
])

const edit = z.strictObject({
  version,
  name: shortText.optional(),
  description: longText.optional(),
  folder: fields.folder.optional(),
  files: fields.files.optional(),
  url: fields.url.optional(),
  openColumns: openColumns.optional(),
})

export function addDataSourceRoutes(api: Api): void {
  const { limits } = api.context.platform
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
      id: 'data-sources.create',
      method: 'POST',
      path: '/data-sources',
      summary: 'Add a data source',
      permission: 'data_source:edit',
      body: input,
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
      body: edit,
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
