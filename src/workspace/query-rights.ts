import { may } from '../access/permissions.ts'
import type { Principal } from '../access/permissions.ts'
import { RollcallError } from '../base/rollcall-error.ts'

/** Who may change what a query sends. Anyone who may edit queries may write a draft; only its activation has an effect. */

interface Reach {
  readonly name: string
  /** Orchestrations of the query whose destination this person may not see. */
  readonly hidden: number
}

/** Why this person may not activate a draft of the query, in one or two sentences; null when they may. */
export function activationRefusal(principal: Principal, query: Reach): string | null {
  if (query.hidden > 0)
    return `query "${query.name}" ${reach(query)} your access does not include. The draft stays. Ask a user with full access to activate it.`
  if (!may(principal, 'pii:view'))
    return `query "${query.name}" selects personal data, which you may not view. The draft stays. Ask a user who may view it to activate the draft.`
  return null
}

/** Error: `access_denied`, with the reason. */
export function requireActivation(principal: Principal, query: Reach): void {
  const detail = activationRefusal(principal, query)
  if (detail !== null) throw new RollcallError('access_denied', { detail })
}

/** Thresholds stop runs, or let them pass. Error: `access_denied`, with the reason. */
export function requireThresholds(query: Reach): void {
  if (query.hidden === 0) return
  const detail = `query "${query.name}" ${reach(query)} your access does not include. Ask a user with full access to change its thresholds.`
  throw new RollcallError('access_denied', { detail })
}

function reach({ hidden }: Reach): string {
  return hidden === 1
    ? 'is sent by an orchestration to a destination that'
    : `is sent by ${hidden.toLocaleString('en-US')} orchestrations to destinations that`
}
