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
import { optionNames, policyNames } from '../../access/permissions.ts'
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
import { shortText, time, version } from '../../objects/fields.ts'
import { idParam, instant, pageAnswer, pageOf, pageQuery } from '../schemas.ts'

const grants = {
  policies: z.array(z.enum(policyNames)).max(policyNames.length),
  options: z.array(z.enum(optionNames)).max(optionNames.length),
}

const user = z.object({
  id: z.string(),
  email: z.string(),
  name: z.string(),
  ...grants,
  hasPassword: z.boolean().describe('without one, no one can sign in as this user'),
  disabledAt: time.nullable(),
  mustChangePassword: z.boolean(),
  version: z.int(),
  createdAt: time,
  updatedAt: time,
})

const apiKey = z.object({
  id: z.string(),
  name: z.string(),
  ...grants,
  expiresAt: time.nullable(),
  revokedAt: time.nullable(),
  formerUntil: time.nullable(),
  lastUsedAt: time.nullable(),
  version: z.int(),
  createdAt: time,
  updatedAt: time,
})

const newToken = z.object({ token: z.string().describe('shown this once'), apiKey })
const email = z.string().max(400)
const password = z.string().max(400)

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
      answer: pageAnswer(user),
    },
    ({ tenant, query }) => listUsers(tenant.db, pageOf(query, limits.pageRowsMax)),
  )
  addRoute(
    api,
    {
      id: 'users.create',
      method: 'POST',
      path: '/users',
      summary: 'Add a user; the password given here must be changed at the first sign-in',
      permission,
      body: z.strictObject({
        email,
        name: shortText,
        policies: grants.policies,
        options: grants.options.default([]),
        password: password.nullable().default(null),
      }),
      answer: user,
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
      answer: user,
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
      body: z.strictObject({
        version,
        email: email.optional(),
        name: shortText.optional(),
        policies: grants.policies.optional(),
        options: grants.options.optional(),
      }),
      answer: user,
    },
    ({ tenant, params, body }) => updateUser(tenant, params.id, body),
  )
  addRoute(
    api,
    {
      id: 'users.set-password',
      method: 'POST',
      path: '/users/{id}/password',
      summary: 'Give a user a new password, which they must change',
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
      answer: user,
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
      answer: user,
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
      answer: pageAnswer(apiKey),
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
      body: z.strictObject({
        name: shortText,
        policies: grants.policies,
        options: grants.options.default([]),
        expiresAt: instant.nullable().default(null),
      }),
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
      answer: apiKey,
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
      body: z.strictObject({
        version,
        name: shortText.optional(),
        policies: grants.policies.optional(),
        options: grants.options.optional(),
        expiresAt: instant.nullable().optional(),
      }),
      answer: apiKey,
    },
    ({ tenant, params, body }) => updateApiKey(tenant, params.id, body),
  )
  addRoute(
    api,
    {
      id: 'api-keys.rotate',
      method: 'POST',
      path: '/api-keys/{id}/rotate',
      summary: 'Rotate the token of an API key; the former token keeps working for a while',
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
      summary: 'End the former token of a rotated API key now',
      permission,
      params: idParam,
      answer: apiKey,
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
      answer: apiKey,
    },
    ({ tenant, params }) => revokeApiKey(tenant, params.id),
  )
}
