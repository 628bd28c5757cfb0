import { createConfig, lintFromString } from '@redocly/openapi-core'
import { expect, test } from 'vitest'
import { operations } from '../../src/cli/resource.ts'
import { openApiDocument } from '../../src/server/openapi.ts'

/** The OpenAPI document, as other programs read it. */

const document = openApiDocument(operations(), '1.0.0') as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> }
}

interface Operation {
  readonly operationId: string
  readonly responses: Readonly<Record<string, { readonly description: string }>>
}

const all = Object.values(document.paths).flatMap((methods) => Object.values(methods))

test('it follows all rules that a public linter recommends', async () => {
  const config = await createConfig({ extends: ['recommended'] })
  const problems = await lintFromString({
    source: JSON.stringify(document),
    absoluteRef: '/openapi.json',
    config,
  })
  expect(problems.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer])).toEqual([])
})

test('every operation says with which errors it answers', () => {
  const silent = all.filter(
    ({ responses }) => responses['400'] === undefined || responses['500'] === undefined,
  )
  expect(silent.map(({ operationId }) => operationId)).toEqual([])
  const create = all.find(({ operationId }) => operationId === 'queries.create')
  expect(
    Object.fromEntries(
      Object.entries(create?.responses ?? {}).map(([status, { description }]) => [status, description]),
    ),
  ).toEqual({
    201: 'Done.',
    400: 'Not done: `request_invalid`.',
    401: 'Not done: `not_signed_in`.',
    403: 'Not done: `access_denied`.',
    404: 'Not done: `not_found`.',
    409: 'Not done: `changed_meanwhile`, `name_taken`.',
    413: 'Not done: `request_too_large`.',
    421: 'Not done: `wrong_host`.',
    500: 'Not done: `internal_error`.',
    503: 'Not done: `database_unavailable`, `server_unavailable`.',
  })
})

test('a way to start a workflow that a kind of destination may not have says so', () => {
  const ways = all.filter(({ operationId }) => /^orchestrations\.(?:plan|sample)$/.test(operationId))
  expect(ways.map(({ responses }) => responses['409']?.description)).toEqual([
    expect.stringContaining('`action_not_possible`'),
    expect.stringContaining('`action_not_possible`'),
  ])
})

test('each kind of object has named schemas', () => {
  const kinds = [
    'Alert',
    'ApiKey',
    'Credential',
    'DataSource',
    'Destination',
    'Orchestration',
    'Query',
    'User',
  ]
  const names = kinds.flatMap((kind) => [kind, `${kind}Input`, `${kind}Edit`])
  expect(Object.keys(document.components.schemas)).toEqual(expect.arrayContaining(names))
})
