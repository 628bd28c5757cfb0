import { z } from 'zod'
import { ApiError, audienceNotFound } from './errors.ts'
import { matchedCount, MATCHED_MIN } from './customer-lists.ts'
import { bodySchema, id, pathId, readBody, strictly } from './input.ts'
import { AUDIENCE_ROLES, ok } from './operation.ts'
import { pageOf, pageQuery } from './paging.ts'
import type { Call, Operation, Reply } from './operation.ts'
import type { Audience } from './state.ts'
import type { World } from './world.ts'

const AUDIENCES = '/ad_accounts/:ad_account_id/audiences'
const ONE = `${AUDIENCES}/:audience_id`
const read = {
  method: 'GET',
  category: 'ads_read',
  scope: 'ads:read',
  roles: [...AUDIENCE_ROLES, 'ANALYST'],
} as const satisfies Partial<Operation>
const write = { category: 'ads_write', scope: 'ads:write', roles: AUDIENCE_ROLES } as const

export const audienceOperations: readonly Operation[] = [
  { ...read, id: 'audiences/list', path: AUDIENCES, handle: list },
  { ...write, id: 'audiences/create', method: 'POST', path: AUDIENCES, handle: create },
  { ...read, id: 'audiences/get', path: ONE, handle: (call) => ok(describe(call.world, audienceOf(call))) },
  { ...write, id: 'audiences/update', method: 'PATCH', path: ONE, handle: update },
]

const listQuery = pageQuery.extend({
  ownership_type: z.enum(['OWNED', 'RECEIVED']).default('OWNED'),
  exclude_nca: z.enum(['true', 'false']).optional(),
})

const createBody = bodySchema((object) =>
  object({
    name: z.string().min(1),
    audience_type: z.literal('CUSTOMER_LIST', 'only CUSTOMER_LIST audiences are simulated'),
    rule: object({ customer_list_id: id, ad_account_id: id.optional() }),
    description: z.string().nullable().default(null),
    ad_account_id: id.optional(),
  }),
)
const updateBody = bodySchema((object) =>
  object({
    operation_type: z.enum(['UPDATE', 'REMOVE']).default('UPDATE'),
    name: z.string().min(1).optional(),
    description: z.string().nullable().optional(),
    audience_type: z.literal('CUSTOMER_LIST').optional(),
    rule: object({ customer_list_id: id, ad_account_id: id.optional() }).optional(),
    ad_account_id: id.optional(),
  }),
)

const invalid = (message: string): ApiError => new ApiError(400, 400, message)

function list(call: Call): Reply {
  const { ownership_type: ownership, ...page } = strictly(listQuery, call.query)
  const owned = ownership === 'OWNED' ? call.world.state.audiencesOf(call.adAccount().id) : []
  const { items, bookmark } = pageOf(owned, page)
  return ok({ items: items.map((one) => describe(call.world, one)), bookmark })
}

function create(call: Call): Reply {
  const { world } = call
  const adAccountId = call.adAccount().id
  const body = readBody(call, createBody)
  if ((body.ad_account_id ?? adAccountId) !== adAccountId)
    throw invalid('ad_account_id does not match the path.')
  const customerListId = body.rule.customer_list_id
  const source = world.state.listOf(adAccountId, customerListId)
  if (source === undefined) throw invalid('The customer list of the rule does not exist.')
  if (world.settings.tooSmallAudience === 'refuse' && matchedCount(world, source) < MATCHED_MIN) {
    throw invalid(`A customer list of at least ${MATCHED_MIN} people is needed to create an audience.`)
  }
  const { name, description } = body
  const made = world.state.createAudience(
    { adAccountId, customerListId, name, description },
    world.clock.now(),
  )
  call.note.change = 'CREATE'
  call.note.subjectId = made.id
  return { status: world.settings.createStatus, body: describe(world, made) }
}

function update(call: Call): Reply {
  const { world } = call
  const audience = audienceOf(call)
  const body = readBody(call, updateBody)
  if (body.rule !== undefined && body.rule.customer_list_id !== audience.customerListId) {
    throw invalid('The customer list of an audience cannot be changed.')
  }
  call.note.change = body.operation_type
  if (body.operation_type === 'REMOVE') world.state.audiences.delete(audience.id)
  audience.name = body.name ?? audience.name
  audience.description = body.description ?? audience.description
  audience.updatedMs = world.clock.now()
  world.state.onChange()
  return ok(describe(world, audience))
}

function audienceOf(call: Call): Audience {
  const found = call.world.state.audienceOf(call.adAccount().id, pathId(call.params, 'audience_id'))
  if (found === undefined) throw audienceNotFound()
  return found
}

/** Status and size; the size stays open until there are enough people to tell. */
function extent(world: World, audience: Audience): { status: string; size: number | null } {
  const source = world.state.lists.get(audience.customerListId)
  const changedMs = Math.max(audience.createdMs, source?.updatedMs ?? 0)
  if (world.clock.now() - changedMs < world.settings.latencyMs) return { status: 'INITIALIZING', size: null }
  const matched = source === undefined ? 0 : matchedCount(world, source)
  return matched < MATCHED_MIN ? { status: 'TOO_SMALL', size: null } : { status: 'READY', size: matched }
}

function describe(world: World, audience: Audience): Readonly<Record<string, unknown>> {
  return {
    id: audience.id,
    ad_account_id: audience.adAccountId,
    name: audience.name,
    audience_type: 'CUSTOMER_LIST',
    description: audience.description,
    rule: { customer_list_id: audience.customerListId },
    ...extent(world, audience),
    type: 'audience',
    created_by_company_name: world.state.adAccount(audience.adAccountId).name,
    created_timestamp: Math.floor(audience.createdMs / 1000),
    updated_timestamp: Math.floor(audience.updatedMs / 1000),
  }
}
