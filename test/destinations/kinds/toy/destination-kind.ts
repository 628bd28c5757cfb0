import { RollcallError } from '../../../../src/base/rollcall-error.ts'
import { inOrder } from '../../../../src/destinations/checks.ts'
import type { Asked, DestinationKind } from '../../../../src/destinations/contract.ts'
import { facts, fields } from './settings.ts'
import type { ToySettings } from './settings.ts'

/** A destination as good as any other that only a test knows. */

export const CODE = 'open sesame'

export const destinationKind: DestinationKind = {
  kind: 'toy',
  title: 'Toy depot',
  about: 'Delivers a parcel to each member.',
  fields,
  facts,
  place: ({ depot, keeper }) => ({ id: String(depot), name: String(keeper) }),
  async check({ settings: { depot, code }, signal }: Asked<ToySettings>) {
    const order = [
      ['door', 'Door not tried'],
      ['keeper', 'Keeper not asked'],
    ] as const
    // oxlint-disable-next-line require-await -- the depot is here
    const { result: keeper, checks } = await inOrder(order, signal, async (passed) => {
      if (code !== CODE)
        throw new RollcallError('insufficient_permissions', { detail: 'the code opens no door' })
      passed('The door opens')
      passed('The keeper is there')
      return `keeper of ${depot}`
    })
    return { facts: { keeper }, checks }
  },
}
