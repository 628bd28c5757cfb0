import { nearestName } from '../base/nearest.ts'
import { invalid, RollcallError } from '../base/rollcall-error.ts'
import {
  accessPairs,
  isAdmin,
  may,
  maySeeDestination,
  optionNames,
  options,
  permissions,
  policies,
  policyNames,
} from './permissions.ts'
import type { OptionName, PolicyName, Principal } from './permissions.ts'

/** The policies and options that a user or a key holds: checked when they are given, and read again when they are used. */
export interface Grants {
  readonly policies: readonly PolicyName[]
  readonly options: readonly OptionName[]
}

/** Grants as they are given or stored. */
export interface Texts {
  readonly policies: readonly string[]
  readonly options: readonly string[]
}

/** Error: `request_invalid` for no policy, one that is not known, and options that do not go with a policy. */
export function checkedGrants(given: Texts): Grants {
  const grants = {
    policies: given.policies.map((name) => known('policy', name, policyNames)),
    options: given.options.map((name) => known('option', name, optionNames)),
  }
  if (grants.policies.length === 0) throw invalid('choose at least one policy.')
  const wrong = grants.options.find((name) => options[name].onlyForBusinessUsers)
  if (wrong !== undefined && isAdmin(grants)) {
    const titles = grants.policies.filter((name) => isAdmin({ policies: [name], options: [] }))
    throw invalid(
      `option "${options[wrong].title}" cannot be combined with ${titles.map((name) => `"${policies[name].title}"`).join(' or ')}.`,
    )
  }
  return { policies: inOrder(grants.policies, policyNames), options: inOrder(grants.options, optionNames) }
}

function known<Name extends string>(kind: string, name: string, names: readonly Name[]): Name {
  const found = names.find((one) => one === name)
  if (found !== undefined) return found
  const near = nearestName(name, names)
  throw invalid(
    `there is no such ${kind}.${near === null ? '' : ` Did you mean "${near}"?`} Choose from ${names.join(', ')}.`,
  )
}

/** Each once, in the order of the table. */
function inOrder<Name extends string>(chosen: readonly Name[], all: readonly Name[]): Name[] {
  return all.filter((name) => chosen.includes(name))
}

/** What is stored, as this version understands it. A policy that it does not know grants nothing. */
export function storedGrants(row: Texts): Grants {
  const chosen = optionNames.filter((name) => row.options.includes(name))
  // One that it does not know may deny anything, so everything is denied.
  if (row.options.some((name) => !optionNames.some((one) => one === name))) return NOTHING
  return { policies: policyNames.filter((name) => row.policies.includes(name)), options: chosen }
}

const NOTHING: Grants = Object.freeze({ policies: [], options: [] })

/**
 * Refuses to give rights that the giver lacks, to others or to themselves: otherwise, administering users or keys would make
 * an administrator in two steps. Error: `access_denied`.
 */
export function requireMayGive(giver: Principal, grants: Grants): void {
  if (isAdministrator(giver)) return
  // An administrator may give what they do not have, which no permission says.
  if (isWithin(grants, giver) && !isAdministrator(grants)) return
  throw beyond()
}

/**
 * Refuses to act on a user or a key with rights that the actor lacks, whatever the act. Rights that this version does not know
 * are beyond everyone but an administrator. Error: `access_denied`.
 */
export function requireMayManage(actor: Principal, row: Texts): void {
  if (isAdministrator(actor)) return
  const isKnown =
    row.policies.every((name) => policyNames.some((one) => one === name)) &&
    row.options.every((name) => optionNames.some((one) => one === name))
  if (!isKnown) throw beyond()
  requireMayGive(actor, storedGrants(row))
}

function beyond(): RollcallError {
  return new RollcallError('access_denied', {
    detail: 'only administrators may give or manage rights beyond their own.',
  })
}

/** Whether someone with `grants` can do and see nothing that `giver` cannot. */
function isWithin(grants: Grants, giver: Grants): boolean {
  return (
    permissions.every((permission) => !may(grants, permission) || may(giver, permission)) &&
    // Limited access to PII opens destinations without being a permission. Sending to them is one.
    accessPairs.every((kind) => !maySeeDestination(grants, kind) || maySeeDestination(giver, kind))
  )
}

function isAdministrator(grants: Grants): boolean {
  return grants.policies.includes('datagrid_administrator')
}
