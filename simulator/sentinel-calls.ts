import { hash } from 'node:crypto'
import { AD_ACCOUNTS } from './seed.ts'
import { RESET_SECONDS, sentinelFault, sentinelOf } from './sentinels.ts'
import type { Fault } from './faults.ts'
import type { Call } from './operation.ts'
import type { ListCall } from './sentinels.ts'

const KINDS: Readonly<Record<string, ListCall['kind']>> = {
  'customer_lists/create': 'create',
  'customer_lists/update': 'update',
  'customer_lists/get': 'get',
}

/** The fault that the ad account or the name of the list asks for, or null. */
export function plannedBySentinel(operation: string, call: Call): Fault | null {
  const adAccountId = call.params['ad_account_id'] ?? ''
  if (!/^(?:customer_lists|audiences)\//.test(operation)) return null
  return ofAdAccount(adAccountId) ?? ofList(operation, call, adAccountId)
}

function ofAdAccount(id: string): Fault | null {
  switch (id) {
    case AD_ACCOUNTS.forbidden:
      return { kind: '403' }
    case AD_ACCOUNTS.rateLimited:
      return { kind: '429', resetSeconds: RESET_SECONDS }
    case AD_ACCOUNTS.unavailable:
      return { kind: '503' }
    default:
      return null
  }
}

function ofList(operation: string, call: Call, adAccountId: string): Fault | null {
  const kind = KINDS[operation]
  const name = kind === undefined ? '' : nameOf(kind, call, adAccountId)
  if (kind === undefined || sentinelOf(name) === null) return null
  const key = `${adAccountId} ${kind} ${name} ${hash('sha256', JSON.stringify(call.body))}`
  const sameBefore = call.world.sentinelWrites.get(key) ?? 0
  if (kind !== 'get') call.world.sentinelWrites.set(key, sameBefore + 1)
  return sentinelFault(name, { kind, sameBefore, records: recordsOf(call) })
}

function nameOf(kind: ListCall['kind'], call: Call, adAccountId: string): string {
  const name: unknown =
    kind === 'create'
      ? Object(call.body).name
      : call.world.state.listOf(adAccountId, call.params['customer_list_id'] ?? '')?.name
  return typeof name === 'string' ? name : ''
}

function recordsOf(call: Call): number {
  const records: unknown = Object(call.body).records
  return typeof records === 'string' ? records.replace(/,$/, '').split(',').length : 0
}
