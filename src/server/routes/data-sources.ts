import { z } from 'zod'
import {
  createDataSource,
  deleteDataSource,
  getDataSource,
  listDataSources,
  updateDataSource,
} from '../../workspace/data-sources.ts'
import { sourceTypes } from '../../sources/registry.ts'
import { sourceAnswer, sourceEdit, sourceInput } from '../../sources/schemas.ts'
import { formOf, settingsForm } from '../../sources/settings.ts'
import { addRoute } from '../api.ts'
import type { Api } from '../api.ts'
import { idParam, pageAnswer, pageOf, pageQuery } from '../schemas.ts'

export function addDataSourceRoutes(api: Api): void {
  const { limits } = api.context.platform
  const types = sourceTypes()
  const dataSource = sourceAnswer(types)
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
      errors: ['source_not_found'],
      body: sourceInput(types),
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
      errors: ['source_not_found'],
      params: idParam,
      body: sourceEdit(types),
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
