import { z } from 'zod'
import { description, limitsSchema, name, ref } from './fields.ts'
import { objectKind } from './object-kind.ts'
import type { Output } from './object-kind.ts'

/**
 * Destinations: where to send with a credential. The settings of each kind of destination come from `src/destinations/`, which adds them to
 * these schemas.
 */

/** Timings that a destination may set for its automatic retries. */
const limits = limitsSchema(['taskWaitMs', 'taskWaitForMs', 'writesPerMinute', 'readsPerMinute'])

export const destinationObject = objectKind({
  name: 'destination',
  section: 'destinations',
  fields: {
    name,
    description,
    credential: { refersTo: 'credential' },
    kind: z.string(),
    adminOnly: z.boolean().describe('only for Datagrid Operators and Administrators').default(false),
    limitedPii: z
      .boolean()
      .describe('the PII setting: whether limited access to PII is enough')
      .default(false),
    limits: limits.describe('timings of automatic retries').default({}),
  },
  fixed: ['kind'],
  shown: {
    credential: ref.nullable().describe('null if you may not see credentials'),
    settings: z.record(z.string(), z.unknown()).describe('what everyone may read of them'),
    place: ref.nullable().describe('where everything goes, by its ID at the receiving system'),
    orchestrations: z.int(),
  },
})

export type Destination = Output<typeof destinationObject.answer>
