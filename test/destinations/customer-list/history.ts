import * as fc from 'fast-check'
import type { Arbitrary } from 'fast-check'
import type { FaultKind, FaultPlan, FaultRule } from '../../../simulator/main.ts'
import { chanceOf } from './chance.ts'
import type { Chance } from './chance.ts'
import { people } from './support.ts'

/** What may happen to one customer list over some days. Each part of it shrinks to the plainest that still fails. */

/** What stays the same from the first day to the last. */
export interface Setting {
  readonly batchSize: number
  readonly audienceMembersMin: number
  readonly additionMembersMin: number
  readonly previousRefreshToken: 'valid-until-new-is-used' | 'stays-valid'
  /** Who is there before the first day, by their numbers. */
  readonly first: readonly number[]
  /** How many there may ever be. */
  readonly people: number
  /** The rows of the undisturbed run at the end. */
  readonly last: Rows
}

/** The rows of a run, by what differs from the run before. */
export interface Rows {
  /** Numbers of those who come, when they were not there, or go. */
  readonly changed: readonly number[] | 'everybody' | 'all who are there'
  /** Chooses other case, spaces, doubles and rows that are no addresses; null when the rows are clean. */
  readonly dirt: number | null
}

/** What disturbs a run. */
export interface Disturbance {
  /** Number of the machine that runs it. */
  readonly machine: number
  readonly yes: boolean
  readonly sendAdditionsFirst: boolean
  readonly faults: FaultPlan
  /** After how many events of the run it is stopped; null when it is not. */
  readonly stopAfterEvents: number | null
}

const MACHINES = 2
const PEOPLE_MAX = 90
const universe = people(PEOPLE_MAX)
const numbers = universe.map((_, number) => number)

/** Numbers of those who are there next. */
export function nextNumbers(
  before: readonly number[],
  { changed }: Rows,
  { people: count }: Setting,
): number[] {
  if (changed === 'all who are there') return []
  return numbers.filter(
    (number) =>
      number < count && before.includes(number) !== (changed === 'everybody' || changed.includes(number)),
  )
}

/** The same people as real files hold them: other case, spaces, twice, between rows that are no addresses. */
export function rawAddresses(present: readonly number[], { dirt }: Rows): string[] {
  const emails = universe.filter((_, number) => present.includes(number))
  return dirt === null ? emails : dirty(chanceOf(dirt), emails)
}

function dirty(chance: Chance, emails: readonly string[]): string[] {
  const rows = emails.flatMap((email) => {
    const form = chance.pick([email, email, ` ${email}`, email.toUpperCase(), `${email}\t`])
    return chance.happens(0.1) ? [form, email] : [form]
  })
  return chance.happens(0.3) ? [...rows, '', 'not an address', 'two@@example.com'] : rows
}

/** By whole weights; the first is the plainest. */
function oneOf<T>(...choices: readonly (readonly [weight: number, arbitrary: Arbitrary<T>])[]): Arbitrary<T> {
  return fc.oneof({ withCrossShrink: true }, ...choices.map(([weight, arbitrary]) => ({ weight, arbitrary })))
}

const pick = <T>(...from: readonly T[]): Arbitrary<T> => fc.constantFrom(...from)

/** Mostly some come and some go, at times nothing changes, everything does, or everybody leaves. */
export const rows: Arbitrary<Rows> = fc.record({
  changed: oneOf<Rows['changed']>(
    [3, fc.constant([])],
    [3, fc.subarray(numbers, { maxLength: 5 })],
    [6, fc.subarray(numbers, { maxLength: 36 })],
    [3, fc.subarray(numbers)],
    [3, fc.constant('everybody')],
    [1, fc.constant('all who are there')],
  ),
  dirt: oneOf<number | null>([1, fc.constant(null)], [4, fc.nat({ max: 1_000 })]),
})

export const setting: Arbitrary<Setting> = fc.record({
  batchSize: pick(7, 1, 3, 7, 20),
  audienceMembersMin: pick(1, 1, 1, 12),
  additionMembersMin: pick(1_000, 5, 1),
  previousRefreshToken: pick('stays-valid', 'valid-until-new-is-used'),
  first: fc.subarray(numbers),
  people: pick(12, 40, PEOPLE_MAX),
  last: rows,
})

const KINDS: readonly FaultKind[] = [
  'lost-before',
  'lost-after',
  'hang-before',
  'hang-after',
  'garbage-before',
  'garbage-after',
  '400-1',
  '400-12',
  '401-expired',
  '403',
  '413',
  '429',
  '500',
  '500-after',
  '502',
  '503',
  'slow',
]

const kind = pick(...KINDS)

const operation = pick(
  '*',
  'customer_lists/*',
  'customer_lists/update',
  'customer_lists/update',
  'customer_lists/create',
  'customer_lists/list',
  'customer_lists/get',
  'audiences/*',
  'audiences/create',
  'oauth/token',
)

const rule: Arbitrary<FaultRule> = fc.record({
  operation,
  kind,
  nth: fc.integer({ min: 1, max: 8 }),
  times: pick(1, 1, 2, 3, 10),
  resetSeconds: pick(0, 1),
  delayMs: pick(2, 20, 400),
})

const faults: Arbitrary<FaultPlan> = oneOf<FaultPlan>(
  [2, fc.constant({})],
  [5, fc.record({ rules: fc.array(rule, { maxLength: 4 }) })],
  [
    7,
    fc.record({
      rules: fc.array(rule, { maxLength: 4 }),
      random: fc.record({
        seed: fc.nat({ max: 1_000_000 }),
        share: pick(0.03, 0.1, 0.1, 0.3),
        kinds: fc.array(kind, { minLength: 1, maxLength: 5 }),
        operation,
      }),
    }),
  ],
)

export const disturbance: Arbitrary<Disturbance> = fc.record({
  machine: fc.nat({ max: MACHINES - 1 }),
  yes: pick(true, true, true, false, false),
  sendAdditionsFirst: pick(false, false, true),
  faults,
  stopAfterEvents: oneOf<number | null>([4, fc.constant(null)], [1, fc.integer({ min: 1, max: 45 })]),
})
