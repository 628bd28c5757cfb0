import type { OfferedAction, Subject } from '../runs/workflow-actions.ts'
import type { WorkflowDetail } from '../history/workflow-detail.ts'
import type { Check } from '../destinations/checks.ts'
import { cut, itemTable, oneLine, shown } from './columns.ts'
import { bold, checkLines, dim, harmless, mark, table } from './output.ts'
import { count, plural, span, words } from '../base/words.ts'
import { handedOverLines } from './handed-over.ts'
import { workflowLines } from './workflow-page.ts'

/** What the API answered, as lines for a person. */

export interface Asked {
  /** `resource.verb`. */
  readonly id: string
  readonly summary: string
  /** The id of the object that was asked about, if it was one. */
  readonly of: string | null
}

type Answer = Readonly<Record<string, unknown>>

export function answerLines(asked: Asked, answer: Answer): string[] {
  const page = pages[asked.id]
  if (page !== undefined) return page(answer as never, asked)
  if (Array.isArray(answer['items'])) return listLines(asked, answer)
  if (typeof answer['workflow'] === 'string') return handedOverLines(answer)
  if (Object.keys(answer).length === 0) return [`${mark('✓', 'green')} Done: ${asked.summary.toLowerCase()}.`]
  return objectLines(answer)
}

const pages: Readonly<Record<string, (answer: never, asked: Asked) => string[]>> = {
  'workflows.get': (workflow: WorkflowDetail) => workflowLines(workflow),
  'workflows.actions': actionLines,
  'queries.preview': previewLines,
  'queries.count': countLines,
  'destinations.check': ({ checks }: { checks: readonly Check[] }) => checkLines(checks),
  'destinations.check-saved': ({ checks }: { checks: readonly Check[] }) => checkLines(checks),
  'orchestrations.describe-schedule': scheduleLines,
  'policies.list': policyLines,
  'api-keys.create': ({ token, apiKey }: { token: string; apiKey: Answer }) =>
    secretLines('token', token, apiKey),
  'api-keys.rotate': ({ token, apiKey }: { token: string; apiKey: Answer }) =>
    secretLines('token', token, apiKey),
  'alerts.test': ({ delivered, text }: { delivered: boolean; text: string }) => [
    `${delivered ? mark('✓', 'green') : mark('✗', 'red')} ${text}`,
  ],
  'alerts.create': ({ secret, alert }: SavedAlert) => secretLines('secret', secret, alert),
  'alerts.update': ({ secret, alert }: SavedAlert) => secretLines('secret', secret, alert),
}

interface SavedAlert {
  readonly secret: string | null
  readonly alert: Answer
}

function listLines({ id }: Asked, answer: Answer): string[] {
  const items = answer['items'] as readonly Answer[]
  if (items.length === 0) return ['None.']
  const { nextCursor, unread } = answer
  return [
    ...itemTable(id, items),
    ...(typeof nextCursor === 'string' ? ['', dim(`There are more: --cursor '${nextCursor}'`)] : []),
    ...(typeof unread === 'number' ? ['', `${count(unread)} unread`] : []),
  ]
}

/** What is shown this once stands first. */
function secretLines(name: string, secret: string | null, object: Answer): string[] {
  if (secret === null) return objectLines(object)
  return [`${bold(name)}  ${secret}`, dim('Store it now: it is shown only once.'), '', ...objectLines(object)]
}

/** One object: its fields below each other, without those that say nothing. */
function objectLines(object: Answer): string[] {
  const fields = Object.entries(object).flatMap(([name, value]) => fieldsOfValue(name, value))
  const width = Math.max(0, ...fields.map(([label]) => label.length))
  return fields.flatMap(([label, text]) => {
    const heads = [dim(label.padEnd(width)), ...text.slice(1).map(() => ' '.repeat(width))]
    return heads.map((head, index) => `${head}  ${text[index] ?? ''}`)
  })
}

function fieldsOfValue(name: string, value: unknown): [label: string, lines: readonly string[]][] {
  if (isPlain(value) && !('message' in value)) {
    const { id, name: called, ...rest } = value
    const isRef = typeof called === 'string' && typeof id === 'string'
    const own: [string, string[]][] = isRef ? [[words(name), [`${oneLine(called)}  ${dim(id)}`]]] : []
    const others = isRef ? rest : value
    return [...own, ...Object.entries(others).flatMap(([key, one]) => fieldsOfValue(`${name} ${key}`, one))]
  }
  if (typeof value === 'string' && value.includes('\n'))
    return [[words(name), value.split(/\r?\n/).map((line) => harmless(line))]]
  const text = shown(value, name.split(' ').at(-1))
  return text === '' ? [] : [[words(name), [text]]]
}

function isPlain(value: unknown): value is Answer {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function actionLines({ items }: { items: readonly OfferedAction[] }, { of }: Asked): string[] {
  if (items.length === 0) return ['Nothing to resolve, or nothing that you may do.']
  return items.flatMap(({ action, title, about, steps, subjects }, index) => [
    ...(index === 0 ? [] : ['']),
    `${bold(title)}  ${dim(`rollcall resolve ${of} ${action}`)}`,
    `  ${harmless(about)}`,
    ...steps.map((step, number) => `  ${number + 1}. ${harmless(step)}`),
    ...subjects.map(
      (subject) => `  ${dim(`${words(subject.type)} ${oneLine(subject.name)}: ${whereIs(subject)}`)}`,
    ),
  ])
}

/** What shows it: a command, or a page of Pinterest's. */
function whereIs({ type, id, link }: Subject): string {
  return link.startsWith('https:') ? link : `rollcall ${collections[type]} get ${id}`
}

const collections: Readonly<Record<Subject['type'], string>> = {
  query: 'queries',
  data_source: 'data-sources',
  credential: 'credentials',
  destination: 'destinations',
  orchestration: 'orchestrations',
  ad_account: 'credentials ad-accounts',
}

const PREVIEW_CELL_CHARS_MAX = 40

interface Counted {
  readonly rows: number
  readonly unreadable: number
  readonly seconds: number
}

function countLines({ rows, unreadable, seconds }: Counted): string[] {
  const text = unreadableText(unreadable)
  return [
    `${plural(rows, 'row')} in ${span(seconds)}`,
    ...(text === null ? [] : [`${mark('!', 'yellow')} ${text}`]),
  ]
}

interface Preview {
  readonly columns: readonly { readonly name: string; readonly type: string; readonly hidden: boolean }[]
  readonly rows: readonly (readonly (string | number | boolean | null)[])[]
  readonly masked: boolean
  readonly emailColumnProblem: string | null
  readonly unreadable: number | null
  readonly warnings: readonly string[]
  readonly seconds: number | null
}

/** The notice above a result for people who may not see personal data. */
function hiddenLines(isAnyHidden: boolean): string[] {
  if (!isAnyHidden) return ['Your access to personal data is restricted, but this result holds none.']
  return [
    `${mark('!', 'yellow')} You may not see personal data, so columns marked (hidden) are hidden or computed from placeholders.`,
  ]
}

/** Values are shown as they are, since a number may be an id. */
function previewLines(preview: Preview): string[] {
  const { columns, rows, masked, emailColumnProblem, unreadable, warnings, seconds } = preview
  const cells = rows.map((row) =>
    row.map((value) => cut(oneLine(String(value ?? '')), PREVIEW_CELL_CHARS_MAX)),
  )
  const numeric = columns.flatMap((_, index) =>
    rows.some((row) => typeof row[index] === 'number') ? [index] : [],
  )
  const names = columns.map(({ name, hidden }) => `${oneLine(name)}${hidden ? ' (hidden)' : ''}`)
  return [
    ...table(names, cells, numeric),
    '',
    `${plural(rows.length, 'row')}${seconds === null ? '' : ` in ${span(seconds)}`}`,
    ...(masked ? hiddenLines(columns.some(({ hidden }) => hidden)) : []),
    ...[emailColumnProblem, unreadableText(unreadable ?? 0), ...warnings].flatMap((text) =>
      text === null ? [] : [`${mark('!', 'yellow')} ${oneLine(text)}`],
    ),
  ]
}

/** What is said of lines that are no rows of a result; null for none. */
function unreadableText(lines: number): string | null {
  return lines === 0 ? null : `${plural(lines, 'line')} of the files cannot be read. Runs reject them.`
}

interface Schedule {
  readonly words: string
  readonly nextRuns: readonly string[]
}

function scheduleLines({ words: said, nextRuns }: Schedule): string[] {
  return [said, ...nextRuns.map((at, index) => `  ${index === 0 ? 'next' : 'then'}  ${shown(at)}`)]
}

interface Policies {
  readonly policies: readonly Policy[]
  readonly options: readonly (Policy & { readonly denies: readonly string[] })[]
}

interface Policy {
  readonly name: string
  readonly title: string
  readonly about: string
  readonly grants: readonly string[]
}

function policyLines({ policies, options }: Policies): string[] {
  return [
    bold('Policies'),
    ...policies.flatMap(ofPolicy),
    '',
    bold('Options'),
    ...options.flatMap((option) => [
      ...ofPolicy(option),
      ...(option.denies.length === 0 ? [] : [dim(`      denies ${option.denies.join(', ')}`)]),
    ]),
  ]
}

function ofPolicy({ name, title, about, grants }: Policy): string[] {
  return [
    `  ${title}  ${dim(name)}`,
    `      ${about}`,
    ...(grants.length === 0 ? [] : [dim(`      grants ${grants.join(', ')}`)]),
  ]
}
