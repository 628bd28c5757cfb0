import { z } from 'zod'
import type { Field } from '../../../../src/sources/contract.ts'

export type ToySettings = {
  readonly shelf: string
  readonly token: string
  readonly labels?: readonly string[]
}

export const fields = {
  shelf: {
    schema: z.string().max(100),
    label: 'Shelf',
    about: 'where the toys stand',
    ask: 'Name the shelf.',
    isShown: true,
    problemOf: (shelf: string) => (/^[a-z]+$/.test(shelf) ? null : 'takes lower-case letters.'),
  },
  token: { schema: z.string().max(100), label: 'Token', about: 'opens the shelf' },
  labels: {
    schema: z.array(z.string().max(100)).max(10).optional(),
    label: 'Labels',
    about: 'stuck to the toys',
    isShown: true,
  },
} satisfies Record<keyof ToySettings, Field>
