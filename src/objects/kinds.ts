import { credentialObject } from './credential.ts'
import { dataSourceObject } from './data-source.ts'
import { destinationObject } from './destination.ts'
import { orchestrationObject } from './orchestration.ts'
import { queryObject } from './query.ts'

/** What is configured in a workspace: its kinds, each after those that it refers to. */
export const objectKinds = {
  credential: credentialObject,
  data_source: dataSourceObject,
  query: queryObject,
  destination: destinationObject,
  orchestration: orchestrationObject,
} as const

/** The name of a kind, which is that of its table. */
export type Kind = keyof typeof objectKinds

export const kinds = Object.keys(objectKinds) as Kind[]

/** Where a document lists the objects of a kind. */
export const sections = Object.fromEntries(
  Object.entries(objectKinds).map(([kind, { section }]) => [kind, section]),
) as { readonly [K in Kind]: (typeof objectKinds)[K]['section'] }

/** The fields of a kind that name another object, and of which kind that is. */
export const references = Object.fromEntries(
  Object.entries(objectKinds).map(([kind, { fields }]) => [
    kind,
    Object.entries(fields).flatMap(([name, field]) =>
      'refersTo' in field ? [{ name, to: field.refersTo as Kind }] : [],
    ),
  ]),
) as unknown as Readonly<Record<Kind, readonly { readonly name: string; readonly to: Kind }[]>>
