import type { FaultKind, FaultPlan, FaultRule } from '../../../simulator/main.ts'
import { chanceOf } from './chance.ts'
import type { Chance } from './chance.ts'
import { people } from './support.ts'

/** What happens to one customer list over some days: chosen by a seed alone. */
export interface History {
  readonly seed: number
  readonly batchSize: number
  readonly audienceMembersMin: number
  readonly additionMembersMin: number
  readonly previousRefreshToken: 'valid-until-new-is-used' | 'stays-valid'
  readonly steps: readonly Step[]
  /** Raw addresses of the undisturbed run at the end; at least one is valid. */
  readonly last: readonly string[]
}

export interface Step {
  readonly emails: readonly string[]
  readonly yes: boolean
  readonly sendAdditionsFirst: boolean
  readonly faults: FaultPlan
  /** After how many events of the run it is stopped; null when nobody does. */
  readonly stopAfterEvents: number | null
  /** Taken of the run before instead of a new one, where it offers this. */
  readonly resolveWith: 'retry' | 'restart' | 'approve' | null
  /** All access tokens die before the run. */
  readonly expire: boolean
}

export function historyOf(seed: number): History {
  const chance = chanceOf(seed)
  const universe = people(chance.pick([12, 40, 90]))
  let present = universe.filter(() => chance.happens(0.5))
  const steps = Array.from({ length: chance.whole(3, 8) }, (): Step => {
    present = drift(chance, universe, present)
    return {
      emails: dirty(chance, present),
      yes: chance.happens(0.6),
      sendAdditionsFirst: chance.happens(0.3),
      faults: chance.happens(0.85) ? faultsOf(chance) : {},
      stopAfterEvents: chance.happens(0.2) ? chance.whole(1, 45) : null,
      resolveWith: chance.happens(0.4) ? chance.pick(['retry', 'restart', 'approve']) : null,
      expire: chance.happens(0.1),
    }
  })
  const last = drift(chance, universe, present)
  return {
    seed,
    batchSize: chance.pick([1, 3, 7, 7, 20]),
    audienceMembersMin: chance.pick([1, 1, 1, 12]),
    additionMembersMin: chance.pick([1, 5, 1_000]),
    previousRefreshToken: chance.pick(['valid-until-new-is-used', 'stays-valid']),
    steps,
    last: dirty(chance, last.length === 0 ? universe.slice(0, 5) : last),
  }
}

/** Who is there next: mostly some come and some go, at times nobody changes, all change or nobody is left. */
function drift(chance: Chance, universe: readonly string[], present: readonly string[]): string[] {
  const share = chance.pick([0, 0.05, 0.2, 0.2, 0.5, 1])
  if (chance.happens(0.05)) return []
  return universe.filter((person) => present.includes(person) !== chance.happens(share))
}

/** The same people as real files hold them: other case, spaces, twice, between rows that nobody can use. */
function dirty(chance: Chance, emails: readonly string[]): string[] {
  const rows = emails.flatMap((email) => {
    const form = chance.pick([email, email, ` ${email}`, email.toUpperCase(), `${email}\t`])
    return chance.happens(0.1) ? [form, email] : [form]
  })
  return chance.happens(0.3) ? [...rows, '', 'not an address', 'two@@example.com'] : rows
}

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

const OPERATIONS = [
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
]

function faultsOf(chance: Chance): FaultPlan {
  const rules = Array.from({ length: chance.whole(0, 4) }, () => ruleOf(chance))
  if (chance.happens(0.4)) return { rules }
  const kinds = Array.from({ length: chance.whole(1, 5) }, () => chance.pick(KINDS))
  const share = chance.pick([0.03, 0.1, 0.1, 0.3])
  const random = { seed: chance.whole(0, 1_000_000), share, kinds, operation: chance.pick(OPERATIONS) }
  return { rules, random }
}

function ruleOf(chance: Chance): FaultRule {
  return {
    operation: chance.pick(OPERATIONS),
    kind: chance.pick(KINDS),
    nth: chance.whole(1, 8),
    times: chance.pick([1, 1, 2, 3, 10]),
    resetSeconds: chance.pick([0, 1]),
    delayMs: chance.pick([2, 20, 400]),
  }
}
