import { expect } from 'vitest'
import type { History, Step } from './history.ts'
import { audiencesFrom } from './outside.ts'
import { deaf, membersOf, openShop } from './support.ts'
import type { Base, Run, Shop } from './support.ts'

/** Errors that a history without other senders, and with the right account and files, must never end in. */
const IMPOSSIBLE = new Set([
  'internal_error',
  'list_not_found',
  'list_not_empty',
  'list_changed_elsewhere',
  'already_running',
])

/** What a run was about, and how it ended. */
interface Past {
  readonly run: Run
  readonly emails: readonly string[]
}

/** Lives through a history and checks its laws on the way and at its end. */
export async function liveThrough(base: Base, history: History): Promise<void> {
  const { batchSize, audienceMembersMin, additionMembersMin, previousRefreshToken } = history
  const shop = await openShop(base, {
    simulator: { previousRefreshToken },
    limits: { batchSize, audienceMembersMin, additionMembersMin },
    list: `history ${history.seed}`,
  })
  try {
    let past: Past | null = null
    for (const step of history.steps) {
      past = await takeStep(shop, step, past)
      checkRun(shop, past)
    }
    await checkEnd(shop, history)
  } finally {
    await shop.close()
  }
}

async function takeStep(shop: Shop, step: Step, past: Past | null): Promise<Past> {
  const { simulator } = shop
  if (step.expire) simulator.control.expireTokens()
  simulator.faults.plan(step.faults)
  const stopper = new AbortController()
  let events = 0
  const options = {
    limits: deaf,
    inputs: { yes: step.yes, sendAdditionsFirst: step.sendAdditionsFirst },
    signal: stopper.signal,
    onEvent: () => {
      if ((events += 1) === step.stopAfterEvents) stopper.abort()
    },
  }
  const action = step.resolveWith
  if (
    action !== null &&
    past?.run.result.error?.actions.some((offered) => offered.action === action) === true
  ) {
    const run = await shop.resolve(past.run.id, action, options)
    if (run !== null) return { run, emails: past.emails }
  }
  return { run: await shop.sync(step.emails, options), emails: step.emails }
}

function checkRun(shop: Shop, { run, emails }: Past): void {
  const members = membersOf(emails)
  expect(IMPOSSIBLE.has(run.code ?? '') ? run.result.error?.message : null).toBeNull()
  expect(run.warnings).toEqual([])
  expect(shop.listIds().length).toBeLessThanOrEqual(1)
  // Too few for an audience fill no new list, and one that was filled is kept in step before it fails.
  const isInStep = run.code === 'not_enough_records' && members.length > 0 && shop.listIds().length > 0
  if (run.state === 'succeeded' || isInStep) expect(shop.members()).toEqual(members)
  if (run.state !== 'waiting') return
  // The change is judged before any of it is sent, unless additions may go first.
  if (run.result.error?.message.includes('The removals wait'))
    expect(shop.members()).toEqual(expect.arrayContaining(members))
  else expect(run.result.requests.writes).toBe(0)
}

async function checkEnd(shop: Shop, history: History): Promise<void> {
  const { control, faults } = shop.simulator
  faults.clear()
  const members = membersOf(history.last)
  const last = await shop.sync(history.last, { inputs: { yes: true } })
  expect(last.warnings).toEqual([])
  if (last.result.audience === null) return checkTooFew(shop, last, members, history)
  expect(last.code).toBeNull()
  expect(shop.members()).toEqual(members)

  const before = control.lists()
  const idle = await shop.sync(history.last.toReversed())
  expect(idle.result.changes).toMatchObject({ added: 0, removed: 0, unchanged: members.length })
  expect(idle.result.requests.writes).toBe(0)
  expect(control.lists()).toEqual(before)

  expect(control.stats().creates).toEqual({ [shop.list]: 1 })
  expect(await audiencesFrom(shop.simulator, before[0]?.id ?? '')).toBe(1)
}

/** Fewer than an audience needs, and none is there: the run fails, and sends nothing to a list that is new. */
function checkTooFew(
  shop: Shop,
  last: Run,
  members: readonly string[],
  { audienceMembersMin }: History,
): void {
  expect(members.length).toBeLessThan(audienceMembersMin)
  expect(last.code).toBe('not_enough_records')
  if (shop.listIds().length === 0) expect(last.result.requests.writes).toBe(0)
  else expect(shop.members()).toEqual(members)
}
