import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  isAdmin,
  localPrincipal,
  may,
  maySeeDestination,
  maySendTo,
  optionNames,
  options,
  permissions,
  policies,
  policyNames,
} from '../../src/access/permissions.ts'
import type { OptionName, Permission, PolicyName } from '../../src/access/permissions.ts'

interface Granted {
  readonly policies: readonly PolicyName[]
  readonly options: readonly OptionName[]
}

function subsetsOf<Name>(names: readonly Name[]): Name[][] {
  return names.reduce<Name[][]>((found, name) => found.flatMap((one) => [one, [...one, name]]), [[]])
}

/** All 2^7 sets of policies with all 2^6 sets of options. */
const allPrincipals: readonly Granted[] = subsetsOf(policyNames).flatMap((chosen) =>
  subsetsOf(optionNames).map((allowed) => ({ policies: chosen, options: allowed })),
)

function held(principal: Granted): Permission[] {
  return permissions.filter((permission) => may(principal, permission))
}

function without<Name>(names: readonly Name[], name: Name): Name[] {
  return names.filter((one) => one !== name)
}

describe('in every set of policies and options', () => {
  test('deny wins', () => {
    for (const principal of allPrincipals) {
      const denied = new Set(principal.options.flatMap((name) => options[name].denies))
      expect(held(principal).filter((permission) => denied.has(permission))).toEqual([])
    }
  })

  test('what nothing grants is denied', () => {
    for (const principal of allPrincipals) {
      const granted = new Set<Permission>([
        ...principal.policies.flatMap((name) => policies[name].grants),
        ...principal.options.flatMap((name) => options[name].grants),
      ])
      expect(held(principal).filter((permission) => !granted.has(permission))).toEqual([])
    }
  })

  test('one more policy never takes away, one more restriction never gives', () => {
    const restrictions = optionNames.filter((name) => options[name].grants.length === 0)
    fc.assert(
      fc.property(
        fc.subarray([...policyNames]),
        fc.subarray([...optionNames]),
        fc.constantFrom(...policyNames),
        fc.constantFrom(...restrictions),
        (chosen, allowed, policy, restriction) => {
          const some = { policies: without(chosen, policy), options: allowed }
          const more = { policies: [...some.policies, policy], options: allowed }
          expect(held(more)).toEqual(expect.arrayContaining(held(some)))
          const free = { policies: chosen, options: without(allowed, restriction) }
          const restricted = { policies: chosen, options: [...free.options, restriction] }
          expect(held(free)).toEqual(expect.arrayContaining(held(restricted)))
        },
      ),
    )
  })

  test('their order does not matter', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray([...policyNames]),
        fc.shuffledSubarray([...optionNames]),
        (chosen, allowed) => {
          const reversed = { policies: chosen.toReversed(), options: allowed.toReversed() }
          expect(held({ policies: chosen, options: allowed })).toEqual(held(reversed))
        },
      ),
    )
  })
})

const ADMINISTRATORS: readonly PolicyName[] = ['datagrid_administrator']
const OPERATORS: readonly PolicyName[] = [...ADMINISTRATORS, 'datagrid_operator']
const ANALYSTS: readonly PolicyName[] = [...OPERATORS, 'analyst']
const MARKETERS: readonly PolicyName[] = [...OPERATORS, 'marketer']
const EVERYBODY: readonly PolicyName[] = [...ANALYSTS, 'marketer']

/**
 * The published table of policies, a row an action. The one deviation: a marketer sees destinations, since a destination is
 * there for all who may view PII, and campaigns send to them.
 */
const table: readonly (readonly [
  action: string,
  needs: readonly Permission[],
  who: readonly PolicyName[],
])[] = [
  ['credentials: view, add, edit, delete', ['credential:view', 'credential:edit'], OPERATORS],
  ['destinations: view', ['destination:view'], EVERYBODY],
  ['destinations: add, edit, delete', ['destination:edit'], OPERATORS],
  ['data sources: view', ['data_source:view'], ANALYSTS],
  ['data sources: add, edit, delete', ['data_source:edit'], OPERATORS],
  ['orchestrations: view, add, edit, delete', ['orchestration:view', 'orchestration:edit'], ANALYSTS],
  ['orchestrations: run', ['orchestration:run'], ANALYSTS],
  ['queries: view, add, edit, activate, run', ['query:view', 'query:edit', 'query:run'], ANALYSTS],
  ['segments: all', ['segment:view', 'segment:edit'], MARKETERS],
  ['campaigns: all', ['campaign:view', 'campaign:edit', 'campaign:run'], MARKETERS],
  ['workflows: view', ['workflow:view', 'notification:view'], EVERYBODY],
  ['workflows: run actions', ['workflow:act'], ANALYSTS],
  ['workflows: detailed errors', ['workflow:detail'], OPERATORS],
  ['workflow alerts: configure', ['alert:view', 'alert:edit'], EVERYBODY],
  ['configuration as code', ['configuration:export', 'configuration:apply'], OPERATORS],
  ['sandboxes: add, open own', ['sandbox:create'], OPERATORS],
  ['PII: view, send; downloads', ['pii:view', 'pii:send', 'download'], EVERYBODY],
  ['users, activity log: with option or as', ['user:administer', 'activity:view'], ADMINISTRATORS],
  ['API keys: with option', ['api_key:administer'], []],
  ['sandboxes: open any, promote, delete: with option', ['sandbox:administer'], []],
]

function isLooking(permission: Permission): boolean {
  return /:(?:view|detail|export)$|^download$/.test(permission)
}

describe('the table of policies', () => {
  test.each(table)('%s', (_, needs, who) => {
    for (const permission of needs) {
      const found = EVERYBODY.filter((name) => may({ policies: [name], options: [] }, permission))
      expect(found).toEqual(who)
    }
  })

  test('names every permission once', () => {
    const named = table.flatMap(([, needs]) => needs)
    expect(named.toSorted()).toEqual([...permissions].toSorted())
  })

  /** What "with option" stands for in it. */
  test.each([
    ['allow_sandbox_administration', 'sandbox:administer', OPERATORS],
    ['allow_user_administration', 'user:administer', policyNames],
    ['allow_user_administration', 'activity:view', policyNames],
    ['allow_api_key_administration', 'api_key:administer', policyNames],
  ] as const)('option %s gives %s', (option, permission, who) => {
    expect(policyNames.filter((name) => may({ policies: [name], options: [option] }, permission))).toEqual(
      who,
    )
  })

  test.each([
    ['datagrid_operator_read_only', 'datagrid_operator'],
    ['analyst_read_only', 'analyst'],
    ['marketer_read_only', 'marketer'],
  ] as const)('%s sees what %s sees, and neither changes, runs nor sends', (readOnly, full) => {
    const expected = held({ policies: [full], options: [] }).filter(isLooking)
    expect(held({ policies: [readOnly], options: [] })).toEqual(expected)
  })

  test('the command line may do all that an administrator may with every option', () => {
    const allowed = optionNames.filter((name) => options[name].denies.length === 0)
    expect(held(localPrincipal)).toEqual(held({ policies: ['datagrid_administrator'], options: allowed }))
    expect(held(localPrincipal)).toEqual(permissions)
  })
})

const LIMITED = 'allow_limited_pii_access'
const RESTRICTED = 'restrict_pii_access'

/**
 * By default a destination is there for everybody who may view PII. *Admin only* keeps it to Datagrid Operators and
 * Administrators, the *PII setting* opens it to those with limited access, and *Restrict PII access* prevents both viewing and
 * sending. The answers: for a plain destination, one with the PII setting, one for admins only, and one with both.
 */
const destinationTable: readonly (readonly [
  who: string,
  policies: readonly PolicyName[],
  options: readonly OptionName[],
  answers: string,
])[] = [
  ['administrator', ['datagrid_administrator'], [], 'sends sends sends sends'],
  ['operator', ['datagrid_operator'], [], 'sends sends sends sends'],
  ['read-only operator', ['datagrid_operator_read_only'], [], 'sees sees sees sees'],
  ['analyst', ['analyst'], [], 'sends sends - -'],
  ['analyst, limited', ['analyst'], [LIMITED], '- sends - -'],
  ['analyst, restricted', ['analyst'], [RESTRICTED], '- - - -'],
  ['analyst, restricted and limited', ['analyst'], [RESTRICTED, LIMITED], '- - - -'],
  ['read-only analyst', ['analyst_read_only'], [], 'sees sees - -'],
  ['read-only analyst, limited', ['analyst_read_only'], [LIMITED], '- sees - -'],
  ['read-only analyst, restricted', ['analyst_read_only'], [RESTRICTED], '- - - -'],
  ['read-only analyst, restricted and limited', ['analyst_read_only'], [RESTRICTED, LIMITED], '- - - -'],
  ['marketer', ['marketer'], [], 'sends sends - -'],
  ['marketer, limited', ['marketer'], [LIMITED], '- sends - -'],
  ['marketer, restricted', ['marketer'], [RESTRICTED], '- - - -'],
  ['marketer, restricted and limited', ['marketer'], [RESTRICTED, LIMITED], '- - - -'],
  ['read-only marketer', ['marketer_read_only'], [], 'sees sees - -'],
  ['read-only marketer, limited', ['marketer_read_only'], [LIMITED], '- sees - -'],
  ['read-only marketer, restricted', ['marketer_read_only'], [RESTRICTED], '- - - -'],
  ['read-only marketer, restricted and limited', ['marketer_read_only'], [RESTRICTED, LIMITED], '- - - -'],
  ['no policy', [], [], '- - - -'],
  ['no policy, limited', [], [LIMITED], '- - - -'],
]

const destinations = [
  { adminOnly: false, limitedPii: false },
  { adminOnly: false, limitedPii: true },
  { adminOnly: true, limitedPii: false },
  { adminOnly: true, limitedPii: true },
] as const

describe('who sees a destination and may send to it', () => {
  test.each(destinationTable)('%s', (_, chosen, allowed, answers) => {
    const principal = { policies: chosen, options: allowed }
    const found = destinations.map((destination) => {
      if (maySendTo(principal, destination)) return 'sends'
      return maySeeDestination(principal, destination) ? 'sees' : '-'
    })
    expect(found.join(' ')).toBe(answers)
  })

  test('the table holds each policy of a business user with each restriction', () => {
    const business = policyNames.filter((name) => !isAdmin({ policies: [name], options: [] }))
    const expected = business.flatMap((name) =>
      subsetsOf([RESTRICTED, LIMITED]).map((allowed) => `${name} ${allowed.join(' ')}`),
    )
    const found = destinationTable.map(([, chosen, allowed]) => `${chosen.join(' ')} ${allowed.join(' ')}`)
    expect(found).toEqual(expect.arrayContaining(expected))
  })

  test('no set of policies and options gets around a rule', () => {
    const broken = allPrincipals.flatMap((principal) =>
      destinations
        .filter((destination) => {
          const isBarred =
            principal.options.includes(RESTRICTED) ||
            (destination.adminOnly && !isAdmin(principal)) ||
            (principal.options.includes(LIMITED) && !destination.limitedPii)
          const sees = maySeeDestination(principal, destination)
          return (isBarred && sees) || (maySendTo(principal, destination) && !sees)
        })
        .map((destination) => ({ principal, destination })),
    )
    expect(broken).toEqual([])
  })
})
