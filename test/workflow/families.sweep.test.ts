import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { isRollcallError } from '../../src/base/rollcall-error.ts'
import { openActions } from '../../src/workflow/actions.ts'
import { cardsOutOfStep } from '../../src/workflow/workflow-card.ts'
import { getWorkflow } from '../../src/workflow/workflow-store.ts'
import { emptyTables } from '../support/empty-tables.ts'
import { openTrips } from './trips.ts'
import type { Leg, Outcome } from './trips.ts'

/** Whatever workers and people do to wholes, their parts and newer runs, and in whatever order, a few things are always so. */

const isFullSweep = process.env['ROLLCALL_SWEEP'] === 'full'
const [SEED, RUNS] = isFullSweep ? [Date.now(), 1000] : [20_261, 25]
const TIMEOUT_MS = 1_200_000
const SHRUNK_WITHIN_MS = TIMEOUT_MS - 60_000

const trips = openTrips()

const ROADS = ['north', 'south', 'all'] as const
const road = fc.constantFrom(null, ...ROADS)
const outcome = fc.constantFrom<Outcome>('arrives', 'fails', 'fails', 'asks')

const arranged = fc.array(outcome, { maxLength: 8 })

const leg = fc.record({ name: fc.constant(''), road, maySkip: fc.boolean() })
const legs = (of: fc.Arbitrary<Leg>) =>
  fc
    .array(of, { minLength: 1, maxLength: 3 })
    .map((each) => each.map((one, nth) => ({ ...one, name: `${nth}` })))
const nested = fc.oneof(
  { weight: 1, arbitrary: leg },
  fc.record({ name: fc.constant(''), road, maySkip: fc.boolean(), legs: legs(leg) }),
)
const trip: fc.Arbitrary<Leg> = fc.record({ name: fc.constant('Trip'), road, legs: legs(nested) })

type Step =
  | { readonly what: 'plan'; readonly trip: Leg }
  | { readonly what: 'travel'; readonly road: string; readonly outcome: Outcome }
  | { readonly what: 'will'; readonly nth: number; readonly outcome: Outcome }
  | { readonly what: 'run'; readonly nth: number }
  | { readonly what: 'act'; readonly nth: number; readonly action: string }
  | { readonly what: 'act as offered'; readonly nth: number }
  | { readonly what: 'work' }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ what: fc.constant('plan' as const), trip }) },
  {
    weight: 2,
    arbitrary: fc.record({ what: fc.constant('travel' as const), road: fc.constantFrom(...ROADS), outcome }),
  },
  { weight: 4, arbitrary: fc.record({ what: fc.constant('will' as const), nth: fc.nat(20), outcome }) },
  { weight: 4, arbitrary: fc.record({ what: fc.constant('run' as const), nth: fc.nat(20) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constant('act' as const),
      nth: fc.nat(20),
      action: fc.constantFrom('retry', 'stop', 'skip_part', 'approve'),
    }),
  },
  { weight: 8, arbitrary: fc.record({ what: fc.constant('act as offered' as const), nth: fc.nat(20) }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('work' as const) }) },
)

/** A trip belongs to no orchestration, so that nothing can start it again. */
const TAKEN: ReadonlySet<string> = new Set(['retry', 'stop', 'skip_part', 'approve'])

const OPEN: ReadonlySet<string> = new Set(['scheduled', 'running', 'waiting'])

/** What the database says, and for each workflow whether a newer run outside its family has taken its place. */
class Model {
  /** Those that had not succeeded when a newer run over their road began; whether they were over when last looked at. */
  readonly #replaced = new Map<string, boolean>()

  async take(one: Step): Promise<void> {
    if (one.what === 'plan') await trips.plan(one.trip)
    if (one.what === 'work') await this.#work()
    if (one.what === 'travel') await this.#travel(one.road, one.outcome)
    if (one.what === 'act as offered') await this.#actAsOffered(one.nth)
    if (one.what === 'will' || one.what === 'run' || one.what === 'act') await this.#toOne(one)
  }

  async check(): Promise<void> {
    const all = await rows()
    for (const one of all) {
      const parts = all.filter(({ parent }) => parent === one.id)
      const kept = parts.filter(({ state, skipped }) => !skipped && state !== 'succeeded')
      const at = describe(one)
      if (one.state === 'succeeded') assert.deepEqual(kept, [], `${at} succeeded without a part`)
      if (one.error?.code === 'part_failed' && one.state === 'failed')
        assert.notDeepEqual(kept, [], `${at} failed because of none`)
      if (one.state === 'succeeded' || one.state === 'stopped')
        assert.deepEqual(
          parts.filter(({ state }) => OPEN.has(state)),
          [],
          `${at} left parts behind`,
        )
      const wasOver = this.#replaced.get(one.id)
      const isOpen = OPEN.has(one.state)
      assert.ok(wasOver !== true || !isOpen, `${at} goes on though its place was taken`)
      if (wasOver !== undefined) {
        assert.notEqual(one.state, 'succeeded', `${at} went on though its place was taken`)
        this.#replaced.set(one.id, !isOpen)
      }
    }
    assert.deepEqual(await cardsOutOfStep(trips.platform.store.db), [])
  }

  /** Nothing is left that no one goes on with. */
  async #work(): Promise<void> {
    await trips.work()
    const all = await rows()
    for (const one of all.filter(({ state }) => state === 'scheduled' || state === 'running')) {
      const parts = all.filter(({ parent }) => parent === one.id)
      assert.ok(
        parts.some(({ state }) => OPEN.has(state)),
        `${describe(one)} is left`,
      )
    }
  }

  async #travel(subject: string, ends: Outcome): Promise<void> {
    const before = await rows()
    try {
      await trips.travel(subject, ends)
    } catch (error) {
      assert.ok(isRollcallError(error) && error.code === 'already_running', String(error))
      return
    }
    for (const one of before)
      if (one.subject === subject && one.state !== 'succeeded') this.#replaced.set(one.id, false)
  }

  async #toOne(one: Extract<Step, { readonly what: 'will' | 'run' | 'act' }>): Promise<void> {
    const all = (await rows()).filter(({ state }) => one.what !== 'run' || state === 'scheduled')
    const found = all[one.nth % Math.max(1, all.length)]
    if (found === undefined) return
    if (one.what === 'will') trips.will(found.id, one.outcome)
    if (one.what === 'run') await trips.workOn(found.id)
    if (one.what === 'act') await this.#act(found.id, one.action)
  }

  async #actAsOffered(nth: number): Promise<void> {
    const offers: (readonly [string, string])[] = []
    for (const { id } of await rows()) {
      const offered = await offeredOf(id)
      offers.push(...offered.filter((action) => TAKEN.has(action)).map((action) => [id, action] as const))
    }
    const offer = offers[nth % Math.max(1, offers.length)]
    if (offer !== undefined) await this.#act(...offer)
  }

  /** What is offered can be taken, and nothing else. */
  async #act(id: string, action: string): Promise<void> {
    const offered = (await offeredOf(id)).includes(action)
    const said = await trips.refused(id, action)
    // A trip belongs to no orchestration: nothing could start it again.
    const isNothingToStart = action === 'restart' && said === 'action_not_possible'
    if (!isNothingToStart) assert.equal(said === 'taken', offered, `${action} of ${id}: ${said}`)
  }
}

async function offeredOf(id: string): Promise<readonly string[]> {
  const { db } = trips.platform.store
  const workflow = await getWorkflow(db, id)
  assert.ok(workflow !== undefined)
  return openActions(db, workflow)
}

async function rows() {
  const { db } = trips.platform.store
  return db
    .selectFrom('workflow')
    .leftJoin('workflow_part', 'workflow_part.child', 'workflow.id')
    .select([
      'workflow.id',
      'workflow.parent',
      'workflow.subject',
      'workflow.state',
      'workflow.error',
      'workflow.name',
    ])
    .select(sql<boolean>`workflow_part.skipped_by is not null`.as('skipped'))
    .orderBy('workflow.number')
    .execute()
}

function describe({
  name,
  state,
  error,
}: {
  name: string | null
  state: string
  error: { code: string } | null
}): string {
  return `"${name ?? ''}" (${state}, ${error?.code ?? 'no error'})`
}

function taken(one: Step): fc.AsyncCommand<Model, null> {
  return {
    check: () => true,
    run: async (model) => {
      await model.take(one)
      await model.check()
    },
    toString: () => JSON.stringify(one),
  }
}

test(
  'a whole, its parts and newer runs stay true to each other whatever is done to them, in whatever order',
  async () => {
    const histories = fc.commands([step.map(taken)], { maxCommands: 30, size: 'max' })
    const holds = fc.asyncProperty(trip, arranged, histories, async (first, each, commands) => {
      await emptyTables(trips.platform.store.db, ['workflow', 'notification'])
      trips.arrange(each)
      const model = new Model()
      await model.take({ what: 'plan', trip: first })
      await model.take({ what: 'run', nth: 0 })
      await fc.asyncModelRun(() => ({ model, real: null }), commands)
      await model.take({ what: 'work' })
      await model.check()
    })
    const parameters = { numRuns: RUNS, seed: SEED, interruptAfterTimeLimit: SHRUNK_WITHIN_MS }
    await expect(fc.assert(holds, { ...parameters, markInterruptAsFailure: true })).resolves.toBeUndefined()
  },
  TIMEOUT_MS,
)
