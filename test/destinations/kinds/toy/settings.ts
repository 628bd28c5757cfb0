import { z } from 'zod'
import type { Field } from '../../../../src/sources/contract.ts'

export type ToySettings = {
  readonly depot: string
  readonly code: string
  readonly labels?: readonly string[]
}

export const fields = {
  depot: {
    schema: z.string().max(100),
    label: 'Depot',
    about: 'where the parcels go',
    ask: 'Name the depot.',
    isShown: true,
    problemOf: (depot: string) => (/^[a-z]+$/.test(depot) ? null : 'takes lower-case letters.'),
  },
  code: { schema: z.string().max(100), label: 'Code', about: 'opens the door' },
  labels: {
    schema: z.array(z.string().max(100)).max(10).optional(),
    label: 'Labels',
    about: 'stuck to the parcels',
    isShown: true,
  },
} satisfies Record<keyof ToySettings, Field>

export const facts = { keeper: { label: 'Keeper' } } as const
