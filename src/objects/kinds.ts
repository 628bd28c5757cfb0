import { alertObject } from './alert.ts'
import { credentialObject } from './credential.ts'
import { dataSourceObject } from './data-source.ts'
import { destinationObject } from './destination.ts'
import { orchestrationObject } from './orchestration.ts'
import { queryObject } from './query.ts'

/** What is configured: its kinds, each after those that it refers to. */
export const objectKinds = {
  credential: credentialObject,
  data_source: dataSourceObject,
  query: queryObject,
  destination: destinationObject,
  orchestration: orchestrationObject,
  alert: alertObject,
} as const

type Kinds = typeof objectKinds

/** The name of a kind that documents list, which is that of its table. */
export type Kind = {
  [K in keyof Kinds]: Kinds[K]['section'] extends string ? K : never
}[keyof Kinds]

export const kinds = Object.entries(objectKinds).flatMap(([kind, { section }]) =>
  section === null ? [] : [kind as Kind],
)

/** Where a document lists the objects of a kind. */
export const sections = Object.fromEntries(kinds.map((kind) => [kind, objectKinds[kind].section])) as {
  readonly [K in Kind]: (typeof objectKinds)[K]['section']
}

/** The fields of a kind that name another object, and of which kind that is. */
export const references = Object.fromEntries(
  Object.entries(objectKinds).map(([kind, { fields }]) => [
    kind,
    Object.entries(fields).flatMap(([name, field]) =>
      'refersTo' in field ? [{ name, to: field.refersTo as Kind }] : [],
    ),
  ]),
) as unknown as Readonly<Record<Kind, readonly { readonly name: string; readonly to: Kind }[]>>
