import { createHmac } from 'node:crypto'
import { reportOf } from '../base/rollcall-error.ts'
import type { ErrorReport } from '../base/rollcall-error.ts'
import type { AlertEvent } from './alert-event.ts'
import { allAlertTopics } from './alert-topics.ts'
import { fittingReport } from '../workflow/manner.ts'
import { capital, clockTime, span, words } from '../base/words.ts'

/** What an alert says, as text for people and as JSON for programs. Neither holds an address of a customer or a secret. */

export interface AlertMessage {
  readonly subject: string
  readonly text: string
}

/** In the words of the kind of workflow that declares it; by its name when no kind does any more. */
function headlineOf(kind: string): string {
  if (kind === 'test') return 'Test'
  const title = allAlertTopics().find(({ event }) => event === kind)?.title
  return title ?? capital(words(kind))
}

/** `publicUrl` is where people reach the console, or null when no one said. */
export function alertMessage(event: AlertEvent, publicUrl: string | null): AlertMessage {
  const headline = oneLine(`${headlineOf(event.kind)}: ${event.title}`)
  const report = reportFor(event)
  const link = linkTo(event, publicUrl)
  const parts = [
    [headline],
    event.kind === 'test' ? ['This is a test alert. Nothing has happened.'] : [],
    report === null ? [] : [`Cause: ${report.message}`],
    factsOf(event),
    stepsOf(report),
    link === null ? [] : [`Open it: ${link}`],
  ]
  const text = parts.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'))
  return { subject: `[Rollcall] ${headline}`, text: `${text.join('\n\n')}\n` }
}

/** The body of a webhook. */
export function webhookBody(event: AlertEvent, publicUrl: string | null): string {
  const { id, kind, at, title, workflow, orchestration, destination, query, credential, counts } = event
  const report = reportFor(event)
  return JSON.stringify({
    id,
    event: kind,
    at,
    title,
    workflow: workflow === null ? null : { ...workflow, seconds: secondsOf(event) },
    orchestration,
    destination,
    query,
    credential,
    counts,
    error: report,
    url: linkTo(event, publicUrl),
  })
}

/**
 * The value of the header `Rollcall-Signature`: `t=<Unix seconds>,v1=<HMAC-SHA-256 of "<t>.<body>" as lower-case hex>`. Receivers
 * compare it with their own, and refuse a time that is long past.
 */
export function signWebhook(secret: string, timestamp: number, body: string): string {
  const digest = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')
  return `t=${timestamp},v1=${digest}`
}

function factsOf({
  workflow,
  orchestration,
  destination,
  query,
  credential,
  facts = [],
  at,
  timeZone,
}: AlertEvent): string[] {
  const seconds = secondsOf({ workflow, at })
  return [
    ...named('Orchestration', orchestration),
    ...named('Destination', destination),
    ...named('Query', query),
    ...named('Credential', credential),
    ...(workflow === null
      ? [`Time: ${clockTime(at, timeZone)}`]
      : [
          `Workflow: ${workflow.id}, ${words(workflow.state)}`,
          `Started: ${clockTime(workflow.startedAt, timeZone)} by ${oneLine(workflow.startedBy.name)}`,
          workflow.state === 'running' ? `Running for: ${span(seconds)}` : `Took: ${span(seconds)}`,
        ]),
    ...facts.map(({ label, text }) => oneLine(`${label}: ${text}`)),
  ]
}

function named(what: string, thing: { readonly name: string } | null): string[] {
  return thing === null ? [] : [`${what}: ${oneLine(thing.name)}`]
}

/** What to do next: the action that fits the error, with its steps. */
function stepsOf(report: ErrorReport | null): string[] {
  const [action] = report?.actions ?? []
  if (action === undefined) return []
  const [about, ...steps] = action.steps
  return [
    `What to do next: ${action.title}. ${about ?? ''}`.trimEnd(),
    ...steps.map((step, index) => `  ${index + 1}. ${step}`),
  ]
}

/** The error with its actions; names that it does not hold itself are those of the event. */
function reportFor({ problem, workflow, query, credential }: AlertEvent): ErrorReport | null {
  if (problem === null) return null
  const known = {
    ...(workflow === null ? {} : { workflow: workflow.id }),
    ...(query === null ? {} : { query: query.name }),
    ...(credential === null ? {} : { credential: credential.name }),
  }
  const report = reportOf(problem.code, { ...known, ...problem.data })
  return workflow === null ? report : fittingReport(report, workflow)
}

function secondsOf({ workflow, at }: Pick<AlertEvent, 'workflow' | 'at'>): number {
  if (workflow === null) return 0
  if (workflow.seconds !== undefined) return workflow.seconds
  return Math.max(0, (Date.parse(workflow.endedAt ?? at) - Date.parse(workflow.startedAt)) / 1000)
}

function linkTo({ workflow, credential }: AlertEvent, publicUrl: string | null): string | null {
  if (publicUrl === null) return null
  const base = publicUrl.replace(/\/+$/, '')
  if (workflow !== null) return `${base}/workflows/${workflow.id}`
  return credential === null ? base : `${base}/settings/credentials/${credential.id}`
}

/** A name may hold what would start a new line of a message or its header. */
function oneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex -- finding control characters is the point
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
}
