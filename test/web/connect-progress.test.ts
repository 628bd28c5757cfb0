import { expect, test } from 'vitest'
import { may, policyNames } from '../../src/access/permissions.ts'
import type { Permission, PolicyName } from '../../src/access/permissions.ts'
import { stepPermissions, stepProgress } from '../../web/src/pages/connect-progress.ts'

/** What the way to a list in step says to each person: n next, l later, d done, ? not shown; in capitals what they may do. */

const LETTERS = { next: 'n', later: 'l', done: 'd', 'not shown': '?' } as const

type Things = Readonly<Record<'credential' | 'destination' | 'query' | 'orchestration', number>>

/** A thing that may not be seen is not answered, and one that is hidden is only counted. */
function shownTo(policy: PolicyName, things: Things, hidden: Partial<Things> = {}): string {
  const mayHave = (permission: string): boolean =>
    may({ policies: [policy], options: [] }, permission as Permission)
  const sees = (kind: keyof Things) => {
    const maySee = mayHave(`${kind}:view`)
    return {
      maySee,
      name: maySee && things[kind] > 0 ? kind : null,
      hidden: maySee ? (hidden[kind] ?? 0) : 0,
    }
  }
  const seen = {
    credential: sees('credential'),
    destination: sees('destination'),
    query: sees('query'),
    orchestration: sees('orchestration'),
  }
  return stepProgress(seen, mayHave)
    .map(({ state, mayDo }) => (mayDo ? LETTERS[state].toUpperCase() : LETTERS[state]))
    .join('')
}

const nothing = { credential: 0, destination: 0, query: 0, orchestration: 0 }
const all = { credential: 1, destination: 1, query: 1, orchestration: 1 }

const shown: Readonly<Record<PolicyName, readonly [empty: string, full: string, hidden: string]>> = {
  datagrid_administrator: ['NLLLL', 'DDDDD', 'DDDD?'],
  datagrid_operator: ['NLLLL', 'DDDDD', 'DDDD?'],
  datagrid_operator_read_only: ['nllll', 'ddddd', 'dddd?'],
  analyst: ['??nLL', 'dddDD', 'dddD?'],
  analyst_read_only: ['??nll', 'ddddd', 'dddd?'],
  marketer: ['??n??', 'ddd??', 'ddd??'],
  marketer_read_only: ['??n??', 'ddd??', 'ddd??'],
}

test.each(policyNames)('%s reads only what they may know', (policy) => {
  const hidden = { destination: 1, orchestration: 1 }
  expect([
    shownTo(policy, nothing),
    shownTo(policy, all),
    shownTo(policy, { ...all, destination: 0, orchestration: 0 }, hidden),
  ]).toEqual(shown[policy])
})

test('only who may do a step is led to them', () => {
  const led = policyNames.filter((policy) =>
    stepPermissions.some((permission) => may({ policies: [policy], options: [] }, permission as Permission)),
  )
  expect(led).toEqual(['datagrid_administrator', 'datagrid_operator', 'analyst'])
})
