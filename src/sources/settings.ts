import { z } from 'zod'
import { component } from '../objects/components.ts'
import type { Output } from '../objects/object-kind.ts'
import { capital } from '../base/words.ts'
import type { Declared, Field, Settings, SourceType } from './contract.ts'

/** What follows from the fields that a type of data source or a kind of destination declares. */

export function secretNames({ fields }: Declared): string[] {
  return Object.entries(fields).flatMap(([name, { isShown }]) => (isShown === true ? [] : [name]))
}

export function shownNames({ fields }: Declared): string[] {
  return Object.entries(fields).flatMap(([name, { isShown }]) => (isShown === true ? [name] : []))
}

export function isOptional({ schema }: Field): boolean {
  return schema.safeParse(undefined).success
}

/** What stands for a field that is left out, if it takes a value all the same. */
export function standardOf({ schema }: Field): string | readonly string[] | boolean | undefined {
  return schema.safeParse(undefined).data
}

/** The settings among other values, in the order of the type, with those that stand for what is left out. */
export function settingsIn({ fields }: Declared, values: Readonly<Record<string, unknown>>): Settings {
  return given(Object.entries(fields).map(([name, field]) => [name, values[name] ?? standardOf(field)]))
}

/** What anyone may read of settings that have no problem: the fields that are shown, and the facts. */
export function shownSettings(type: SourceType, settings: Settings): Settings {
  return given([
    ...shownNames(type).map((name) => [name, settings[name]] as const),
    ...Object.entries(type.facts ?? {}).map(([name, fact]) => [name, fact.of(settings)] as const),
  ])
}

/** What is left of settings that were stored to be shown, should the type show less by now. */
export function stillShown(type: Declared, stored: Settings): Settings {
  const names = [...shownNames(type), ...Object.keys(type.facts ?? {})]
  return given(names.map((name) => [name, stored[name]]))
}

/** The settings that are sealed; null for none. */
export function secretSettings(type: Declared, settings: Settings): Settings | null {
  const secrets = given(secretNames(type).map((name) => [name, settings[name]]))
  return Object.keys(secrets).length === 0 ? null : secrets
}

function given(entries: readonly (readonly [string, unknown])[]): Settings {
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined))
}

export interface FieldProblem {
  readonly field: string
  /** To go on with after the field's name; it quotes nothing of a secret. */
  readonly text: string
}

/** What is wrong with settings, field by field; with `names` only with these. */
export function problemsOf(
  { fields }: Declared,
  settings: Settings,
  names: readonly string[] = Object.keys(fields),
): FieldProblem[] {
  return names.flatMap((name) => {
    const field = fields[name]
    const text = field === undefined ? null : problemOf(field, settings[name])
    return text === null ? [] : [{ field: name, text }]
  })
}

function problemOf(field: Field, value: unknown): string | null {
  const parsed = field.schema.safeParse(value)
  if (value === undefined) return parsed.success ? null : 'is missing.'
  if (!parsed.success) return `is not valid: ${parsed.error.issues[0]?.message ?? ''}.`
  const texts = [parsed.data ?? ''].flat().map(String)
  // oxlint-disable-next-line no-control-regex -- refusing control characters is the point
  if (texts.some((text) => /[\u0000-\u001f\u007f]/.test(text))) return 'holds a control character.'
  return field.problemOf?.(value as never) ?? null
}

/** The field as a schema for requests, with what it is about; the words for a secret let the command line ask for it as one. */
export function describedSchema({ schema, about, isShown }: Field): z.ZodType {
  return schema.describe(isShown === true ? about : `${about}; write-only`)
}

/** The shape of the settings that are shown. */
export function shownShape(type: Declared): Record<string, z.ZodType> {
  return Object.fromEntries([
    ...shownNames(type).map((name) => [name, type.fields[name]?.schema]),
    ...Object.keys(type.facts ?? {}).map((name) => [name, z.string()]),
  ]) as Record<string, z.ZodType>
}

/** A type or kind as a form shows it. */
export const settingsForm = component(
  'SettingsForm',
  z.object({
    kind: z.string(),
    title: z.string(),
    fields: z.array(
      z.object({
        name: z.string(),
        label: z.string(),
        hint: z.string(),
        ask: z.string().describe('message while it is empty or does not match'),
        pattern: z.string().nullable().describe('a regular expression'),
        choices: z.array(z.string()).describe('allowed values; empty for any value'),
        offers: z
          .enum(['ad_accounts'])
          .nullable()
          .describe('where to choose a value from, in addition to typing one'),
        several: z.boolean().describe('takes several texts'),
        checkbox: z.boolean().describe('takes true or false'),
        secret: z.boolean().describe('it is write-only'),
        optional: z.boolean(),
      }),
    ),
    facts: z
      .array(z.object({ name: z.string(), label: z.string() }))
      .describe('what the settings show in addition'),
  }),
)

export type SettingsForm = Output<typeof settingsForm>

export function formOf({ kind, title, fields, facts = {} }: Declared): SettingsForm {
  return {
    kind,
    title,
    fields: fieldsOf(fields),
    facts: Object.entries(facts).map(([name, { label }]) => ({ name, label })),
  }
}

/** Fields as a form shows them. */
export function fieldsOf(fields: Declared['fields']): SettingsForm['fields'] {
  return Object.entries(fields).map(([name, field]) => {
    const { type } = z.toJSONSchema(field.schema, { io: 'input' })
    return {
      name,
      label: field.label,
      hint: field.hint ?? `${capital(field.about)}.`,
      ask: field.ask ?? `Fill in the field "${field.label}".`,
      pattern: field.pattern ?? null,
      choices: choicesOf(field),
      offers: field.offers ?? null,
      several: type === 'array',
      checkbox: type === 'boolean',
      secret: field.isShown !== true,
      optional: isOptional(field),
    }
  })
}

function choicesOf({ schema }: Field): string[] {
  const { enum: choices, const: only } = z.toJSONSchema(schema, { io: 'input' })
  return (only === undefined ? (choices ?? []) : [only]).map(String)
}

/** "files or postgres" */
export function kindNames(kinds: readonly Declared[]): string {
  return kinds.map(({ kind }) => kind).join(' or ')
}
