import { z } from 'zod'
import { component } from '../objects/components.ts'
import { destinationObject } from '../objects/destination.ts'
import type { Output } from '../objects/object-kind.ts'
import type { Settings } from '../sources/contract.ts'
import { byKind, documentShape, editedShape, settingsShape } from '../sources/schemas.ts'
import { shownShape } from '../sources/settings.ts'
import type { DestinationKind } from './contract.ts'
import { kindSchema } from './registry.ts'

/** What requests, answers and documents have of destinations: what all of them have, and the settings of these kinds. */

/** With the settings of its kind beside the rest. */
export type DestinationInput = Output<typeof destinationObject.input> & Settings
export type DestinationEdit = Output<typeof destinationObject.edit> & Settings
/** As a document says it, where a secret may be the name of an environment variable. */
export type DocumentDestination = Output<typeof destinationObject.document> & Settings
/** What is checked of one that need not be saved. */
export type WantedDestination = Pick<DestinationInput, 'kind' | 'credentialId'> & Settings

export function destinationInput(kinds: readonly DestinationKind[]): z.ZodType<DestinationInput> {
  const { limits, ...shape } = destinationObject.input.shape
  return component(
    'DestinationInput',
    byKind(
      kinds,
      kinds.map((kind) =>
        z.strictObject({ ...shape, kind: kindSchema(kind), ...settingsShape(kind), limits }),
      ),
    ),
  )
}

export function destinationEdit(kinds: readonly DestinationKind[]): z.ZodType<DestinationEdit> {
  return component(
    'DestinationEdit',
    z.strictObject({ ...destinationObject.edit.shape, ...editedShape(kinds) }),
  )
}

export function destinationDocument(kinds: readonly DestinationKind[]): z.ZodType<DocumentDestination> {
  const { limits, ...shape } = destinationObject.document.shape
  return byKind(
    kinds,
    kinds.map((kind) => z.strictObject({ ...shape, kind: kindSchema(kind), ...documentShape(kind), limits })),
  )
}

export function destinationWanted(kinds: readonly DestinationKind[]): z.ZodType<WantedDestination> {
  const { credentialId } = destinationObject.input.shape
  return byKind(
    kinds,
    kinds.map((kind) => z.strictObject({ credentialId, kind: kindSchema(kind), ...settingsShape(kind) })),
  )
}

/** Typed as what every destination has, since the kinds are known as the process starts. */
export function destinationAnswer(kinds: readonly DestinationKind[]): typeof destinationObject.answer {
  return component(
    'Destination',
    z.union(
      kinds.map((kind) =>
        z.object({
          ...destinationObject.answer.shape,
          kind: z.literal(kind.kind),
          settings: z.object(shownShape(kind)),
          ...kind.also?.shape,
        }),
      ),
    ),
  ) as unknown as typeof destinationObject.answer
}
