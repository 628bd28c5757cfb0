import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { AD_ACCOUNTS, DEMO_APP, SENTINEL_TOKENS, startSimulator } from '../../simulator/main.ts'
import { PinterestError } from '../../src/pinterest/errors.ts'
import { createRig, freshTokens, MemoryVault, oneTry, quickLimits, thrownBy } from './loopback.ts'
import type { FaultKind, FaultRule, Simulator, SimulatorOptions } from '../../simulator/main.ts'
import type { Limits } from '../../src/base/limits.ts'
import type { Rig } from './loopback.ts'

/** The client against a Pinterest that knows the true members. */

const ACCOUNT = AD_ACCOUNTS.owned

async function start(
  options: SimulatorOptions = {},
  limits: Limits = quickLimits,
): Promise<Rig & { simulator: Simulator }> {
  const simulator = await startSimulator({ limits: 'off', strict: true, ...options })
  onTestFinished(() => simulator.close())
  const { id: appId, secret: appSecret, refreshToken } = DEMO_APP
  const vault = new MemoryVault(freshTokens({ appId, appSecret, refreshToken, accessToken: null }))
  return { ...createRig(simulator.url, { vault, limits }), simulator }
}

function hashes(from: number, to: number): string[] {
  const numbers = Array.from({ length: to - from }, (_value, nth) => from + nth)
  return numbers.map((number) => createHash('sha256').update(`${number}@shop.example`).digest('hex'))
}

describe('a list', () => {
  it('is made, changed, read and found, and an audience made from it', async () => {
    const { client, simulator, counts } = await start({
      createStatus: 201,
      previousRefreshToken: 'dies-at-once',
    })
    const made = await client.createCustomerList(ACCOUNT, { name: 'VIP', records: hashes(0, 150).join(',') })
    expect(made).toMatchObject({
      status: 201,
      body: { name: 'VIP', counters: { batches: 1, uploaded: 150, removed: 0 } },
    })
    const { id } = made.body
    await client.updateCustomerList(ACCOUNT, id, { operation: 'add', records: hashes(150, 200).join(',') })
    await client.updateCustomerList(ACCOUNT, id, { operation: 'remove', records: hashes(0, 20).join(',') })
    expect(simulator.control.members(id)).toEqual(hashes(20, 200).toSorted())
    const read = await client.getCustomerList(ACCOUNT, id)
    expect(read?.body.counters).toEqual({ batches: 3, uploaded: 200, removed: 20 })
    expect(read?.requestId).toMatch(/^\d+$/)
    for await (const list of client.listCustomerLists(ACCOUNT)) expect(list.id).toBe(id)
    const audience = await client.createAudience(ACCOUNT, { name: 'VIP', customerListId: id })
    for await (const one of client.listAudiences(ACCOUNT))
      expect(one).toMatchObject({ id: audience.body.id, customerListId: id })
    expect(await client.getCustomerList(ACCOUNT, '999')).toBeNull()
    expect(counts).toMatchObject({ writes: 4, retries: 0, throttled: 0 })
  })

  it('each way to refuse is known', async () => {
    const { client, simulator, vault } = await start()
    expect(await thrownBy(client.getAdAccount('549755889999'))).toMatchObject({
      code: 'ad_account_not_found',
    })
    const create = client.createCustomerList(AD_ACCOUNTS.analyst, { name: 'x', records: 'a'.repeat(64) })
    expect(await thrownBy(create)).toMatchObject({ code: 'insufficient_permissions', answerLost: false })
    const update = client.updateCustomerList(ACCOUNT, '999', { operation: 'add', records: 'a'.repeat(64) })
    expect(await thrownBy(update)).toMatchObject({ code: 'list_not_found' })
    vault.tokens = { ...vault.tokens, refreshToken: SENTINEL_TOKENS.revoked }
    simulator.control.expireTokens()
    expect(await thrownBy(client.getAdAccount(ACCOUNT))).toMatchObject({ code: 'authorization_error' })
  })
})

/** Each fault that answers in time, and how often the strike makes a create unsure. */
const UNSURE: Partial<Record<FaultKind, 0 | 1>> = {
  'lost-before': 0,
  'lost-after': 1,
  'garbage-before': 0,
  'garbage-after': 1,
  '500': 0,
  '500-after': 1,
  '502': 0,
  '503': 0,
}
const CERTAIN: readonly FaultKind[] = ['400-12', '401-expired', '429']

describe('making a list while answers get lost', () => {
  it.each(Object.entries(UNSURE))('%s leaves it to the caller to look: %i made', async (kind, made) => {
    const { client, simulator } = await start()
    simulator.faults.add({ operation: 'customer_lists/create', kind: kind as FaultKind })
    const error = await thrownBy(
      client.createCustomerList(ACCOUNT, { name: 'VIP', records: hashes(0, 3).join(',') }),
    )
    expect(error).toMatchObject({ answerLost: true, attempts: 1 })
    expect(simulator.control.lists(ACCOUNT)).toHaveLength(made)
  })

  it.each(CERTAIN)('%s is tried again and makes one list', async (kind) => {
    const { client, simulator } = await start()
    simulator.faults.add({ operation: 'customer_lists/create', kind })
    const sent = await client.createCustomerList(ACCOUNT, { name: 'VIP', records: hashes(0, 3).join(',') })
    expect(sent).toMatchObject({ attempts: 2, lostAttempts: 0 })
    expect(simulator.control.lists(ACCOUNT)).toHaveLength(1)
  })
})

const someFaults = fc.array(
  fc.constantFrom<FaultKind>(
    ...(Object.keys(UNSURE) as FaultKind[]),
    '400-12',
    '401-expired',
    '403',
    '413',
    '400-1',
  ),
  { maxLength: 4 },
)

/**
 * Whether a result tells truly what became of a record. `took` is how many of its sendings Pinterest counted, `struck` how many
 * faults came to pass: a token that expired before, or a connection that was closed, adds attempts without one.
 */
function isTrue(
  result: unknown,
  kinds: readonly FaultKind[],
  seen: { isMember: boolean; took: number; struck: number },
): boolean {
  const { isMember, took, struck } = seen
  if (result instanceof PinterestError) {
    const anyUnsure = kinds.slice(0, struck).some((kind) => kind in UNSURE)
    const mayBeUnsure = anyUnsure || result.attempts > struck
    if (result.answerLost ? !mayBeUnsure : anyUnsure) return false
    return result.answerLost || (!isMember && took === 0)
  }
  const { lostAttempts } = result as { lostAttempts: number }
  return isMember && took >= 1 && took <= 1 + lostAttempts
}

describe('batches through any run of faults', () => {
  it('arrive, or it is said truly whether they may have', async () => {
    const { client, simulator } = await start({}, { ...oneTry, retryBackoffMs: 1, retryForMs: 60_000 })
    const [first, ...records] = hashes(0, 400)
    const { body } = await client.createCustomerList(ACCOUNT, { name: 'VIP', records: first ?? '' })
    await fc.assert(
      fc.asyncProperty(someFaults, async (kinds) => {
        const record = records.pop() ?? ''
        const before = simulator.control.lists(ACCOUNT)[0]
        simulator.faults.clear()
        const rules = kinds.map((kind, nth): FaultRule => ({
          operation: 'customer_lists/update',
          kind,
          nth: nth + 1,
        }))
        simulator.faults.add(...rules)
        const result = await client
          .updateCustomerList(ACCOUNT, body.id, { operation: 'add', records: record })
          .catch((error: unknown) => error)
        const after = simulator.control.lists(ACCOUNT)[0]
        const isMember = simulator.control.members(body.id).includes(record)
        const took = (after?.batches ?? 0) - (before?.batches ?? 0)
        const struck = kinds.length - simulator.faults.pending().length
        expect(isTrue(result, kinds, { isMember, took, struck })).toBe(true)
      }),
      { numRuns: 150 },
    )
  })
})
