import { z } from 'zod'
import {
  createApiKey,
  getApiKey,
  listApiKeys,
  revokeApiKey,
  revokeFormerToken,
  rotateApiKey,
  updateApiKey,
} from '../../access/api-keys.ts'
import { apiKeyObject, password, userObject } from '../../access/object-kinds.ts'
import { unblockSignIn } from '../../access/sign-in.ts'
import {
  createUser,
  deleteUser,
  disableUser,
  enableUser,
  getUser,
  listUsers,
  setPassword,
  updateUser,
} from '../../access/users.ts'
import { addRoute } from '../api.ts'
import type { Api } from '../api.ts'
import { idParam, pageAnswer, pageOf, pageQuery } from '../schemas.ts'

const newToken = z.object({ token: z.string().describe('shown only now'), apiKey: apiKeyObject.answer })

export function addUserRoutes(api: Api): void {
  addPeople(api)
  addKeys(api)
}

function addPeople(api: Api): void {
  const { limits } = api.context.platform
  const permission = 'user:administer'
  addRoute(
    api,
    {
      id: 'users.list',
      method: 'GET',
      path: '/users',
      summary: 'List users',
      permission,
      query: pageQuery,
      answer: pageAnswer(userObject.answer),
    },
    ({ tenant, query }) => listUsers(tenant.db, pageOf(query, limits.pageRowsMax)),
  )
  addRoute(
    api,
    {
      id: 'users.create',
      method: 'POST',
      path: '/users',
      summary: 'Add a user, who must change this password at the first sign-in',
      permission,
      body: userObject.input,
      answer: userObject.answer,
      status: 201,
    },
    ({ tenant, body }) => createUser(tenant, body),
  )
  addRoute(
    api,
    {
      id: 'users.get',
      method: 'GET',
      path: '/users/{id}',
      summary: 'View a user',
      permission,
      params: idParam,
      answer: userObject.answer,
    },
    ({ tenant, params }) => getUser(tenant.db, params.id),
  )
  addRoute(
    api,
    {
      id: 'users.update',
      method: 'PATCH',
      path: '/users/{id}',
      summary: 'Edit a user',
      permission,
      params: idParam,
      body: userObject.edit,
      answer: userObject.answer,
    },
    ({ tenant, params, body }) => updateUser(tenant, params.id, body),
  )
  addRoute(
    api,
    {
      id: 'users.set-password',
      method: 'POST',
      path: '/users/{id}/password',
      summary: 'Set a new password for a user, who must change it',
      permission,
      params: idParam,
      body: z.strictObject({ password }),
      answer: null,
      unrepeatable: true,
    },
    ({ tenant, params, body }) => setPassword(tenant, params.id, body.password),
  )
  addRoute(
    api,
    {
      id: 'users.unblock',
      method: 'POST',
      path: '/users/{id}/unblock',
      summary: 'Unblock a user after too many wrong passwords',
      permission,
      params: idParam,
      answer: null,
    },
    ({ tenant, params }) => unblockSignIn(tenant, params.id),
  )
  addRoute(
    api,
    {
      id: 'users.disable',
      method: 'POST',
      path: '/users/{id}/disable',
      summary: 'Disable a user; their sign-ins end',
      permission,
      params: idParam,
      answer: userObject.answer,
    },
    ({ tenant, params }) => disableUser(tenant, params.id),
  )
  addRoute(
    api,
    {
      id: 'users.enable',
      method: 'POST',
      path: '/users/{id}/enable',
      summary: 'Enable a user',
      permission,
      params: idParam,
      answer: userObject.answer,
    },
    ({ tenant, params }) => enableUser(tenant, params.id),
  )
  addRoute(
    api,
    {
      id: 'users.delete',
      method: 'DELETE',
      path: '/users/{id}',
      summary: 'Delete a user; what they did stays in the activity log',
      permission,
      params: idParam,
      answer: null,
    },
    ({ tenant, params }) => deleteUser(tenant, params.id),
  )
}

function addKeys(api: Api): void {
  const { limits } = api.context.platform
  const permission = 'api_key:administer'
  addRoute(
    api,
    {
      id: 'api-keys.list',
      method: 'GET',
      path: '/api-keys',
      summary: 'List API keys',
      permission,
      query: pageQuery,
      answer: pageAnswer(apiKeyObject.answer),
    },
    ({ tenant, query }) => listApiKeys(tenant.db, pageOf(query, limits.pageRowsMax)),
  )
  addRoute(
    api,
    {
      id: 'api-keys.create',
      method: 'POST',
      path: '/api-keys',
      summary: 'Add an API key; its token is shown once',
      permission,
      body: apiKeyObject.input,
      answer: newToken,
      status: 201,
    },
    ({ tenant, body }) => createApiKey(tenant, body),
  )
  addRoute(
    api,
    {
      id: 'api-keys.get',
      method: 'GET',
      path: '/api-keys/{id}',
      summary: 'View an API key',
      permission,
      params: idParam,
      answer: apiKeyObject.answer,
    },
    ({ tenant, params }) => getApiKey(tenant.db, params.id),
  )
  addRoute(
    api,
    {
      id: 'api-keys.update',
      method: 'PATCH',
      path: '/api-keys/{id}',
      summary: 'Edit an API key',
      permission,
      params: idParam,
      body: apiKeyObject.edit,
      answer: apiKeyObject.answer,
    },
    ({ tenant, params, body }) => updateApiKey(tenant, params.id, body),
  )
  addRoute(
    api,
    {
      id: 'api-keys.rotate',
      method: 'POST',
      path: '/api-keys/{id}/rotate',
      summary: 'Rotate the token of an API key; the previous token keeps working for a while',
      permission,
      params: idParam,
      answer: newToken,
    },
    ({ tenant, params }) => rotateApiKey(tenant, params.id),
  )
  addRoute(
    api,
    {
      id: 'api-keys.revoke-former',
      method: 'POST',
      path: '/api-keys/{id}/revoke-former',
      summary: 'End the previous token of a rotated API key now',
      permission,
      params: idParam,
      answer: apiKeyObject.answer,
    },
    ({ tenant, params }) => revokeFormerToken(tenant, params.id),
  )
  addRoute(
    api,
    {
      id: 'api-keys.revoke',
      method: 'POST',
      path: '/api-keys/{id}/revoke',
      summary: 'Revoke an API key for good',
      permission,
      params: idParam,
      answer: apiKeyObject.answer,
    },
    ({ tenant, params }) => revokeApiKey(tenant, params.id),
  )
}
