import { z } from 'zod'
import { description, name } from './fields.ts'
import { objectKind } from './object-kind.ts'
import type { Output } from './object-kind.ts'

/** Data sources: where queries read. The settings of each type come from `src/sources/`, which adds them to these schemas. */
export const dataSourceObject = objectKind({
  name: 'data_source',
  section: 'dataSources',
  fields: {
    name,
    description,
    kind: z.string(),
    openColumns: z
      .array(z.string().max(500))
      .max(1_000)
      .describe('columns without personal data; users who may not view PII see no others')
      .default([]),
  },
  fixed: ['kind'],
  shown: {
    settings: z.record(z.string(), z.unknown()).describe('what everyone may read of them'),
    queries: z.int(),
  },
})

export type DataSource = Output<typeof dataSourceObject.answer>
