import type { z } from 'zod'
import type { LimitName } from '../base/limits.ts'
import { component } from '../objects/components.ts'
import { limitsSchema } from '../objects/fields.ts'
import { orchestrationObject } from '../objects/orchestration.ts'
import type { Output } from '../objects/object-kind.ts'
import type { Settings } from '../sources/contract.ts'
import { editedShape, withoutStandard } from '../sources/schemas.ts'
import { standardOf } from '../sources/settings.ts'
import type { DestinationKind, Option } from './contract.ts'
import { optionsOf } from './options.ts'

/**
 * What requests, answers and documents have of orchestrations: what all of them have, and the options of these kinds of destinations. A
 * request names its destination and not the kind, so that it may have the options of any; its own kind checks them when it is saved.
 */

/** With the options of its destination's kind beside the rest. */
export type OrchestrationInput = Output<typeof orchestrationObject.input> & Settings
export type OrchestrationEdit = Output<typeof orchestrationObject.edit> & Settings
export type DocumentOrchestration = Output<typeof orchestrationObject.document> & Settings

type Kinds = readonly DestinationKind[]

export function orchestrationInput(kinds: Kinds): z.ZodType<OrchestrationInput> {
  const { input } = orchestrationObject
  const limits = limitsOf(kinds).default({})
  return component('OrchestrationInput', input.extend({ limits, ...optionShape(kinds) }))
}

export function orchestrationEdit(kinds: Kinds): z.ZodType<OrchestrationEdit> {
  const { edit } = orchestrationObject
  const limits = limitsOf(kinds).optional()
  return component('OrchestrationEdit', edit.extend({ limits, ...editedShape(kinds.map(told(kinds))) }))
}

export function orchestrationDocument(kinds: Kinds): z.ZodType<DocumentOrchestration> {
  const { document } = orchestrationObject
  return document.extend({ limits: limitsOf(kinds).default({}), ...optionShape(kinds) })
}

/** Typed as what every orchestration has, since the kinds are known as the process starts. */
export function orchestrationAnswer(kinds: Kinds): typeof orchestrationObject.answer {
  const { answer } = orchestrationObject
  const limits = limitsOf(kinds)
  const own = kinds.flatMap((kind) => Object.entries(told(kinds)(kind).fields))
  const shape = own.map(([name, { schema, about }]) => {
    const shown = withoutStandard(schema)
    return [name, (isOfAll(kinds, name) ? shown : shown.optional()).describe(about)]
  })
  return component(
    'Orchestration',
    answer.extend({ limits, ...(Object.fromEntries(shape) as z.ZodRawShape) }),
  )
}

function limitsOf(kinds: Kinds) {
  return limitsSchema(kinds.flatMap(({ orchestration }) => Object.keys(orchestration.limits) as LimitName[]))
}

/** Options that may be left out. The schema names the default of each, which is filled in once the kind is known. */
function optionShape(kinds: Kinds): Record<string, z.ZodType> {
  const fields = Object.assign({}, ...kinds.map(({ orchestration }) => orchestration.fields)) as Record<
    string,
    Option
  >
  const shape = Object.entries(editedShape(kinds.map(told(kinds))))
  return Object.fromEntries(
    shape.map(([name, schema]) => {
      const field = fields[name]
      const standard = field === undefined ? undefined : standardOf(field)
      return [name, standard === undefined ? schema : schema.meta({ default: standard })]
    }),
  )
}

/** As declared; options that not every kind has say which has them. */
function told(kinds: Kinds) {
  return (kind: DestinationKind) => {
    const options = optionsOf(kind)
    const fields = Object.entries(options.fields).map(([name, field]) => {
      const having = kinds.filter(({ orchestration }) => Object.hasOwn(orchestration.fields, name))
      const only = having.map((one) => one.kind).join(', ')
      return [name, isOfAll(kinds, name) ? field : { ...field, about: `${field.about}; only for ${only}` }]
    })
    return { ...options, fields: Object.fromEntries(fields) as typeof options.fields }
  }
}

function isOfAll(kinds: Kinds, name: string): boolean {
  return kinds.every(({ orchestration }) => Object.hasOwn(orchestration.fields, name))
}
