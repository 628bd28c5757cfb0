import { diff } from 'node:util'
import { bold, dim, mark } from './output.ts'
import { plural } from '../base/words.ts'
import { oneLine } from './columns.ts'
import { isOfSecret } from '../workspace/configuration/difference.ts'
import type { Difference, FieldChange, ObjectChange, ObjectName } from '../workspace/configuration/change.ts'
import { nounOf } from '../objects/noun.ts'

/** What applying a configuration would change, for a person who decides. */
export function differenceLines({ changes, left, kept }: Difference): string[] {
  const done = changes.filter(({ action }) => action !== 'same')
  const counts = (['create', 'change', 'delete'] as const)
    .map((action) => [done.filter((change) => change.action === action).length, action] as const)
    .filter(([count]) => count > 0)
    .map(([count, action]) => `${count} to ${action}`)
  const same = changes.length - done.length
  return [
    ...done.flatMap((change) => [
      objectLine(change),
      ...change.fields.flatMap((field) => fieldLines(change, field)),
    ]),
    ...(done.length === 0 ? [] : ['']),
    [...counts, ...(same > 0 ? [`${same} the same`] : [])].join(', ') || 'The configuration is empty.',
    ...leftLines(left),
    ...kept.map(
      (name) =>
        `${mark('!', 'yellow')} Credential "${oneLine(name)}" keeps its secrets because it already existed. Change them with \`rollcall credentials update\`.`,
    ),
  ]
}

const marks = {
  create: ['+', 'green'],
  change: ['~', 'yellow'],
  delete: ['−', 'red'],
  same: [' ', 'dim'],
} as const

/** `+ data source "warehouse"`. */
export function objectLine(change: Pick<ObjectChange, 'kind' | 'name' | 'action'>): string {
  const [sign, colour] = marks[change.action]
  return `${mark(sign, colour)} ${nameOf(change)}`
}

export function nameOf({ kind, name }: ObjectName): string {
  return `${nounOf(kind)} ${bold(`"${oneLine(name)}"`)}`
}

function fieldLines(change: ObjectChange, field: FieldChange): string[] {
  const { name, from, to } = field
  const label = `    ${dim(`${name}:`)}`
  if (isOfSecret(field)) return [`${label} ${String(to)}`]
  if ([from, to].some((value) => typeof value === 'string' && value.trimEnd().includes('\n')))
    return [label, ...textLines(from, to)]
  if (change.action !== 'create') return [`${label} ${shownValue(from)} → ${shownValue(to)}`]
  return to === null || to === '' ? [] : [`${label} ${shownValue(to)}`]
}

/** Line by line, since a query has many. */
function textLines(from: unknown, to: unknown): string[] {
  const texts = [from, to].filter((value) => typeof value === 'string')
  const bothEnd = texts.every((text) => text.endsWith('\n'))
  const linesOf = (value: unknown): string[] =>
    typeof value === 'string' ? (bothEnd ? value.slice(0, -1) : value).split('\n') : []
  return diff(linesOf(from), linesOf(to)).map(([operation, line]) => {
    const text = visible(line).replaceAll('\t', '  ')
    if (operation === 0) return `        ${dim(text)}`
    return operation === 1 ? `      ${mark(`− ${text}`, 'red')}` : `      ${mark(`+ ${text}`, 'green')}`
  })
}

function shownValue(value: unknown): string {
  if (value === null) return 'none'
  return visible(JSON.stringify(value))
}

/** Signs that a terminal acts upon, or that hide what stands there, are written out. */
function visible(text: string): string {
  return text.replaceAll(
    /[^\P{C}\t]|[\u2028\u2029]/gu,
    (sign) => String.raw`\u{${(sign.codePointAt(0) ?? 0).toString(16)}}`,
  )
}

const NAMES_SHOWN = 10

function leftLines(left: readonly ObjectName[]): string[] {
  if (left.length === 0) return []
  const shown = left.slice(0, NAMES_SHOWN).map(nameOf).join(', ')
  const more = left.length > NAMES_SHOWN ? ` and ${left.length - NAMES_SHOWN} more` : ''
  const verb = left.length === 1 ? 'is' : 'are'
  return [
    `${plural(left.length, 'object')} ${verb} not in the document and ${left.length === 1 ? 'stays' : 'stay'}: ${shown}${more}. Delete such objects with --prune.`,
  ]
}
