import { z } from 'zod'
import type { Option, OrchestrationOptions } from '../../../../src/destinations/contract.ts'

export type ToyOptions = {
  readonly fragile: boolean
  readonly knock?: string
}

const fields = {
  fragile: {
    schema: z.boolean().default(false),
    label: 'Fragile',
    about: 'carry the parcels with care',
    isShown: true,
  },
  knock: {
    schema: z.string().max(100).optional(),
    label: 'Knock',
    about: 'how to knock at the door',
    isShown: true,
    problemOf: (knock: string) => (/^(?:tap ?)+$/.test(knock) ? null : 'takes taps.'),
  },
} satisfies Record<keyof ToyOptions, Option>

export const orchestration: OrchestrationOptions = {
  fields,
  limits: { batchSize: { label: 'Parcels at once', hint: 'Parcels that fit on a cart.' } },
}
