import type { FaultRule } from '../../../simulator/main.ts'
import { isWrite } from './support.ts'
import type { Run, RunOptions, Shop } from './support.ts'

/** Faults, and what is expected of a run and of its requests. */

const update = 'customer_lists/update'
export const create = 'customer_lists/create'
export const always = 1000
export const fault = (kind: FaultRule['kind'], rule: Partial<FaultRule> = {}): FaultRule => ({
  operation: update,
  kind,
  ...rule,
})
export const yes: RunOptions = { inputs: { yes: true } }
export const done = { state: 'succeeded', code: null, warnings: [] }
export const actionsOf = (run: Run): string[] => run.result.error?.actions.map(({ action }) => action) ?? []

/** ADD, REMOVE and CREATE as the simulator saw them from call number `from` on. */
export function changes(shop: Shop, from = 0): string[] {
  const calls = shop.simulator.control.calls().slice(from)
  return calls
    .filter((call) => call.operation.startsWith('customer_lists/') && isWrite(call))
    .map((call) => call.change)
}
