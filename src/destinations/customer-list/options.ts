import { z } from 'zod'
import type { Option, OrchestrationOptions } from '../contract.ts'

/** What an orchestration to a customer list takes in addition to what all orchestrations have. */

export type ListOptions = {
  readonly adopt: boolean
  readonly sendAdditionsFirst: boolean
}

const fields = {
  adopt: {
    schema: z.boolean().default(false),
    label: 'Use the list even if it is not empty at first use',
    about: 'use an existing list even if it already has members',
    hint: 'Members that it already has stay on it: Rollcall can neither see nor remove members that it did not add.',
    isShown: true,
  },
  sendAdditionsFirst: {
    schema: z.boolean().default(false),
    label: 'Send additions while removals wait',
    about: 'send additions while a large removal waits; otherwise nothing is sent until it is approved',
    hint: 'Off: nothing is sent until you approve a large change. On: new members are added at once, and only a large removal waits.',
    isShown: true,
  },
} satisfies Record<keyof ListOptions, Option>

export const orchestration: OrchestrationOptions = {
  fields,
  limits: {
    removalPercentMax: {
      label: 'Largest removal, in percent',
      hint: 'A run that would remove more than this share of the list needs approval.',
    },
    removalCountMax: {
      label: 'Largest removal, in members',
      hint: 'A run that would remove more members needs approval, whatever their share.',
    },
    additionPercentMax: {
      label: 'Largest addition, in percent',
      hint: 'A run that would add more than this share to a list of 1,000 or more members needs approval.',
    },
    batchSize: { label: 'Batch size', hint: 'Members in one request to Pinterest.' },
  },
}
