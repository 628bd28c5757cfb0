import { z } from 'zod'
import { badRequest, listNotFound } from './errors.ts'
import { bodySchema, pathId, readBody, strictly } from './input.ts'
import { AUDIENCE_ROLES, ok } from './operation.ts'
import { pageOf, pageQuery } from './paging.ts'
import { readRecords } from './records.ts'
import { sentinelOf, TOO_SMALL_MATCHES } from './sentinels.ts'
import type { Call, Operation, Reply } from './operation.ts'
import type { Records } from './records.ts'
import type { CustomerList } from './state.ts'
import type { World } from './world.ts'

const LISTS = '/ad_accounts/:ad_account_id/customer_lists'
const ONE = `${LISTS}/:customer_list_id`
const read = { method: 'GET', category: 'ads_read', scope: 'ads:read', roles: AUDIENCE_ROLES } as const
const write = { category: 'ads_write', scope: 'ads:write', roles: AUDIENCE_ROLES } as const

export const customerListOperations: readonly Operation[] = [
  { ...read, id: 'customer_lists/list', path: LISTS, handle: list },
  { ...write, id: 'customer_lists/create', method: 'POST', path: LISTS, handle: create },
  {
    ...read,
    id: 'customer_lists/get',
    path: ONE,
    handle: (call) => ok(describeList(call.world, listOf(call))),
  },
  { ...write, id: 'customer_lists/update', method: 'PATCH', path: ONE, handle: update },
]

const listQuery = pageQuery.extend({ exclude_nca: z.enum(['true', 'false']).optional() })

const records = z.string().min(1)
const createBody = bodySchema((object) =>
  object({
    name: z.string().min(1),
    records,
    list_type: z.enum(['EMAIL', 'IDFA', 'MAID', 'LR_ID', 'DLX_ID', 'HASHED_PINNER_ID']).default('EMAIL'),
  }),
)
const updateBody = bodySchema((object) => object({ operation_type: z.enum(['ADD', 'REMOVE']), records }))

/** Fewer matched users than this make a list or an audience TOO_SMALL. */
export const MATCHED_MIN = 100

function list(call: Call): Reply {
  const page = strictly(listQuery, call.query)
  const { items, bookmark } = pageOf(call.world.state.listsOf(call.adAccount().id), page)
  return ok({ items: items.map((one) => describeList(call.world, one)), bookmark })
}

function create(call: Call): Reply {
  const { world } = call
  const body = readBody(call, createBody)
  const sent = acceptRecords(call, body.records, 'CREATE')
  const made = world.state.createList(call.adAccount().id, body.name, world.clock.now())
  call.note.subjectId = made.id
  world.change(made, 'ADD', sent)
  world.stats.created(body.name)
  return { status: world.settings.createStatus, body: describeList(world, made) }
}

function update(call: Call): Reply {
  const changed = listOf(call)
  const body = readBody(call, updateBody)
  const sent = acceptRecords(call, body.records, body.operation_type)
  call.world.change(changed, body.operation_type, sent)
  return ok(describeList(call.world, changed))
}

function acceptRecords(call: Call, text: string, change: string): Records {
  const { strict, recordsPerCallMax } = call.world.settings
  const sent = readRecords(text)
  call.note.change = change
  call.note.records = sent.count
  if (sent.count > recordsPerCallMax)
    throw badRequest(`Too many records: at most ${recordsPerCallMax} in one call.`)
  const [first] = sent.invalid
  if (first !== undefined && strict) {
    throw badRequest(`Invalid records: ${sent.invalid.length}, the first is number ${first}.`)
  }
  return sent
}

function listOf(call: Call): CustomerList {
  const found = call.world.state.listOf(call.adAccount().id, pathId(call.params, 'customer_list_id'))
  if (found === undefined) throw listNotFound()
  return found
}

function isTooSmall(one: CustomerList): boolean {
  return sentinelOf(one.name) === '[sentinel:too-small]'
}

/** Members that are Pinterest users. */
export function matchedCount(world: World, one: CustomerList): number {
  const matched = Math.floor(one.members.size * world.settings.matchRate)
  return isTooSmall(one) ? Math.min(matched, TOO_SMALL_MATCHES) : matched
}

function statusOf(world: World, one: CustomerList): string {
  const { latencyMs } = world.settings
  const sinceMs = isTooSmall(one) ? latencyMs : world.clock.now() - one.updatedMs
  if (sinceMs < latencyMs) return one.numBatches === 1 && sinceMs < latencyMs / 2 ? 'UPLOADING' : 'PROCESSING'
  return matchedCount(world, one) < MATCHED_MIN ? 'TOO_SMALL' : 'READY'
}

/** A list as the API shows it. */
export function describeList(world: World, one: CustomerList): Readonly<Record<string, unknown>> {
  return {
    id: one.id,
    name: one.name,
    ad_account_id: one.adAccountId,
    type: 'customerlist',
    status: statusOf(world, one),
    num_batches: one.numBatches,
    num_uploaded_user_records: one.numUploaded,
    num_removed_user_records: one.numRemoved,
    created_time: Math.floor(one.createdMs / 1000),
    updated_time: Math.floor(one.updatedMs / 1000),
    exceptions: {},
  }
}
