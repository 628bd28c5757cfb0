import type { DestinationKind } from '../../../../src/destinations/contract.ts'
import { delivery, storedOptions } from '../toy/workflow-kind.ts'
import { destinationKind as toy } from '../toy/destination-kind.ts'
import type { ToySettings } from '../toy/settings.ts'

/** The toy whose orchestrations each write to a shelf of the depot, which nothing but a target keeps. */

export const SHELVING = 'toy_shelving'

/** All that targets were made from. */
export const seenByTargets: unknown[] = []

export const destinationKind: DestinationKind = {
  ...toy,
  kind: 'toy_shelf',
  title: 'Toy shelves',
  about: 'Puts a parcel on a shelf for each label.',
  gauges: [],
  ways: [],
  target: {
    noun: 'toy shelf',
    label: 'Shelf name',
    hint: 'One shelf of the depot.',
    where: 'this depot',
    nameCharsMax: 'nameCharsMax',
    key: (settings, name) => {
      seenByTargets.push(settings)
      return `${String(settings['depot'])} ${name}`
    },
  },
  workflows: [{ ...delivery, name: SHELVING, subject: { type: 'toy_shelf', lock: 'shelf:', noun: 'shelf' } }],
  begin: async (_, { orchestration, target, destination, sealer }) => {
    const { depot, code, labels = [] } = destination.settings as ToySettings
    const options = { depot, code, parcels: labels.length }
    return {
      kind: SHELVING,
      subject: target?.id ?? null,
      name: orchestration.name,
      inputs: () => storedOptions(options, sealer),
    }
  },
}
