import { z } from 'zod'
import {
  createCredential,
  deleteCredential,
  getCredential,
  listCredentials,
  reachableAdAccounts,
  updateCredential,
} from '../../workspace/credentials.ts'
import { addRoute } from '../api.ts'
import type { Api } from '../api.ts'
import { pinterestErrors } from '../route-errors.ts'
import { credentialObject } from '../../objects/credential.ts'
import { idParam, pageAnswer, pageOf, pageQuery } from '../schemas.ts'

export function addCredentialRoutes(api: Api): void {
  const { limits } = api.context.platform
  addRoute(
    api,
    {
      id: 'credentials.list',
      method: 'GET',
      path: '/credentials',
      summary: 'List credentials',
      permission: 'credential:view',
      query: pageQuery,
      answer: pageAnswer(credentialObject.answer),
    },
    ({ tenant, query }) => listCredentials(tenant.db, pageOf(query, limits.pageRowsMax)),
  )
  addRoute(
    api,
    {
      id: 'credentials.create',
      method: 'POST',
      path: '/credentials',
      summary: 'Add a credential',
      permission: 'credential:edit',
      body: credentialObject.input,
      answer: credentialObject.answer,
      status: 201,
    },
    ({ tenant, body }) => createCredential(tenant, body),
  )
  addRoute(
    api,
    {
      id: 'credentials.get',
      method: 'GET',
      path: '/credentials/{id}',
      summary: 'View a credential',
      permission: 'credential:view',
      params: idParam,
      answer: credentialObject.answer,
    },
    ({ tenant, params }) => getCredential(tenant.db, params.id),
  )
  addRoute(
    api,
    {
      id: 'credentials.update',
      method: 'PATCH',
      path: '/credentials/{id}',
      summary: 'Edit a credential',
      permission: 'credential:edit',
      params: idParam,
      body: credentialObject.edit,
      answer: credentialObject.answer,
    },
    ({ tenant, params, body }) => updateCredential(tenant, params.id, body),
  )
  addRoute(
    api,
    {
      id: 'credentials.delete',
      method: 'DELETE',
      path: '/credentials/{id}',
      summary: 'Delete a credential',
      permission: 'credential:edit',
      params: idParam,
      answer: null,
    },
    ({ tenant, params }) => deleteCredential(tenant, params.id),
  )
  addRoute(
    api,
    {
      id: 'credentials.ad-accounts',
      method: 'GET',
      path: '/credentials/{id}/ad-accounts',
      summary: 'List the ad accounts that a credential can access, from Pinterest',
      permission: 'credential:view',
      errors: pinterestErrors,
      params: idParam,
      answer: z.object({
        items: z.array(
          z.object({
            id: z.string(),
            name: z.string(),
            permissions: z.array(z.string()),
            currency: z.string().nullable(),
            mayManageLists: z.boolean(),
          }),
        ),
      }),
    },
    async ({ tenant, params, signal }) => ({ items: await reachableAdAccounts(tenant, params.id, signal) }),
  )
}
