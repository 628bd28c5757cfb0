import { inOrder, refused } from '../../../../src/destinations/checks.ts'
import type { Asked, DestinationKind } from '../../../../src/destinations/contract.ts'
import { refusals } from './errors.ts'
import { orchestration } from './options.ts'
import type { ToyOptions } from './options.ts'
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
  orchestration,
  target: null,
  workflows: [delivery, trial],
  ways: ['sample'],
  begin: async (_, { orchestration: { name }, options, destination, sampleMembers, sealer }) => {
    const { depot, code, labels = [] } = destination.settings as ToySettings
    const parcels = Math.min(sampleMembers ?? Infinity, labels.length)
    const own = options as ToyOptions
    return {
      kind: sampleMembers === null ? DELIVERY : TRIAL,
      subject: null,
      name,
      inputs: () => storedOptions({ ...own, depot, code, parcels }, sealer),
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
      if (code !== CODE) throw refused(refusals.door)
      passed('The door opens')
      passed('The keeper is there')
      return `keeper of ${depot}`
    })
    return { facts: { keeper }, checks }
  },
}
