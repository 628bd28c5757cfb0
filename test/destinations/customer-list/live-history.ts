import * as fc from 'fast-check'
import type { Arbitrary, AsyncCommand } from 'fast-check'
import { expect } from 'vitest'
import { disturbance, nextNumbers, rawAddresses, rows } from './history.ts'
import type { Disturbance, Rows, Setting } from './history.ts'
import { audiencesFrom } from './outside.ts'
import { deaf, membersOf, openShop } from './support.ts'
import type { Base, Run, RunOptions, Shop } from './support.ts'

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

interface Model {
  readonly setting: Setting
  /** Numbers of those who are there. */
  present: readonly number[]
  past: Past | null
}

interface Real {
  readonly shop: Shop
  readonly machines: readonly Base[]
}

type Command = AsyncCommand<Model, Real>

const RESOLUTIONS = ['retry', 'restart', 'approve'] as const

/** Syncs what is there by then, is stopped, or meets faults. */
function syncs(changes: Rows, how: Disturbance): Command {
  return {
    check: () => true,
    run: async (model, real) => {
      model.present = nextNumbers(model.present, changes, model.setting)
      const emails = rawAddresses(model.present, changes)
      model.past = { run: await real.shop.sync(emails, optionsOf(real, how)), emails }
      checkRun(real.shop, model.past)
    },
    toString: () => `syncs ${fc.stringify(changes)}, ${fc.stringify(how)}`,
  }
}

/** Takes an action that the last run offers. */
function resolves(action: (typeof RESOLUTIONS)[number], how: Disturbance): Command {
  return {
    check: ({ past }) =>
      past?.run.result.error?.actions.some((offered) => offered.action === action) === true,
    run: async (model, real) => {
      if (model.past === null) return
      const run = await real.shop.resolve(model.past.run.id, action, optionsOf(real, how))
      // What is offered can be taken.
      expect(run).not.toBeNull()
      if (run === null) return
      model.past = { ...model.past, run }
      checkRun(real.shop, model.past)
    },
    toString: () => `resolves with ${action}, ${fc.stringify(how)}`,
  }
}

const expires: Command = {
  check: () => true,
  run: async (_, { shop }) => shop.simulator.control.expireTokens(),
  toString: () => 'all access tokens die',
}

/** What happens, in order. */
export function steps(replayPath?: string): Arbitrary<Iterable<Command>> {
  const one = fc.oneof(
    { weight: 6, arbitrary: fc.tuple(rows, disturbance).map(([changes, how]) => syncs(changes, how)) },
    {
      weight: 4,
      arbitrary: fc
        .tuple(fc.constantFrom(...RESOLUTIONS), disturbance)
        .map(([action, how]) => resolves(action, how)),
    },
    { weight: 1, arbitrary: fc.constant(expires) },
  )
  return fc.commands([one], {
    maxCommands: 12,
    size: 'max',
    ...(replayPath === undefined ? {} : { replayPath }),
  })
}

/** Lives through a history and checks its laws on the way and at its end. */
export async function liveThrough(
  machines: readonly [Base, ...Base[]],
  setting: Setting,
  happening: Iterable<Command>,
): Promise<void> {
  const { batchSize, audienceMembersMin, additionMembersMin, previousRefreshToken } = setting
  const shop = await openShop(machines[0], {
    simulator: { previousRefreshToken },
    limits: { batchSize, audienceMembersMin, additionMembersMin },
  })
  const model: Model = { setting, present: setting.first, past: null }
  try {
    await fc.asyncModelRun(() => ({ model, real: { shop, machines } }), happening)
    await checkEnd(shop, model)
  } finally {
    await shop.close()
  }
}

function optionsOf({ shop, machines }: Real, how: Disturbance): RunOptions {
  shop.simulator.faults.plan(how.faults)
  const stopper = new AbortController()
  const base = machines[how.machine]
  let events = 0
  return {
    ...(base === undefined ? {} : { base }),
    limits: deaf,
    inputs: { yes: how.yes, sendAdditionsFirst: how.sendAdditionsFirst },
    signal: stopper.signal,
    onEvent: () => {
      if ((events += 1) === how.stopAfterEvents) stopper.abort()
    },
  }
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

/** At least one address is valid. */
function lastAddresses({ present, setting }: Model): string[] {
  const last = nextNumbers(present, setting.last, setting)
  return rawAddresses(last.length === 0 ? [0, 1, 2, 3, 4] : last, setting.last)
}

async function checkEnd(shop: Shop, model: Model): Promise<void> {
  const { control, faults } = shop.simulator
  faults.clear()
  const emails = lastAddresses(model)
  const members = membersOf(emails)
  const last = await shop.sync(emails, { inputs: { yes: true } })
  expect(last.warnings).toEqual([])
  if (last.result.audience === null) return checkTooFew(shop, last, members, model.setting)
  expect(last.code).toBeNull()
  expect(shop.members()).toEqual(members)

  const before = control.lists()
  const idle = await shop.sync(emails.toReversed())
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
  { audienceMembersMin }: Setting,
): void {
  expect(members.length).toBeLessThan(audienceMembersMin)
  expect(last.code).toBe('not_enough_records')
  if (shop.listIds().length === 0) expect(last.result.requests.writes).toBe(0)
  else expect(shop.members()).toEqual(members)
}
