import { RollcallError } from '../../../../src/base/rollcall-error.ts'
import { inOrder } from '../../../../src/destinations/checks.ts'
import type { Asked, DestinationKind } from '../../../../src/destinations/contract.ts'
import { facts, fields } from './settings.ts'
import type { ToySettings } from './settings.ts'
import { delivery, DELIVERY, storedOptions, trial, TRIAL } from './workflow-kind.ts'

/** A destination as good as any other that only a test knows. */

export const CODE = 'open sesame'

/** How often it was swept in this process. */
export const swept = { times: 0 }

export const destinationKind: DestinationKind = {
  kind: 'toy',
  title: 'Toy depot',
  about: 'Delivers a parcel for each label.',
  fields,
  facts,
  target: null,
  workflows: [delivery, trial],
  ways: ['sample'],
  begin: async (_, { orchestration, destination, sampleMembers, sealer }) => {
    const { depot, code, labels = [] } = destination.settings as ToySettings
    const options = { depot, code, parcels: Math.min(sampleMembers ?? Infinity, labels.length) }
    return {
      kind: sampleMembers === null ? DELIVERY : TRIAL,
      subject: null,
      name: orchestration.name,
      inputs: () => storedOptions(options, sealer),
    }
  },
  gauges: [
    {
      name: 'toy_runs',
      help: 'Runs that deliver.',
      value: async (db) =>
        (await db.selectFrom('workflow').select('id').where('kind', '=', DELIVERY).execute()).length,
    },
  ],
  sweep: async () => {
    swept.times += 1
  },
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
