import {
  bold,
  createOutput,
  dim,
  errorLines,
  mark,
  printError,
  warningLines,
  withOptionsOf,
} from './output.ts'
import { count, plural, span, words } from '../base/words.ts'
import { accountText, inputsOf, jobCommand, needsOf } from './job-options.ts'
import { createProgress } from './progress.ts'
import { reasonsText } from '../destinations/customer-list/reading/reasons.ts'
import { withServices } from './with-services.ts'
import type { SyncInputs } from '../destinations/customer-list/inputs/inputs.ts'
import type { Plan } from '../destinations/customer-list/plan.ts'

export function planCommand() {
  return jobCommand('plan')
    .description('show what a sync would do; sends nothing')
    .action(async (options) => {
      const output = createOutput(options.json, 'run')
      try {
        const inputs = inputsOf(options)
        const plan = await withServices(async (services, signal) => {
          const { planSync } = await import('../destinations/customer-list/plan.ts')
          const progress = createProgress(process.stderr)
          return planSync({
            services,
            inputs,
            signal,
            onProgress: (task, done, total, unit) =>
              progress.event({ kind: 'progress', task, done, total, unit }),
          }).finally(progress.close)
        }, needsOf(inputs))
        const shown = withOptionsOf(plan)
        output.result(shown, planLines(shown, inputs))
      } catch (error) {
        printError(output, error)
      }
    })
}

/** What of the change is large, both numbers beside each other. */
function approvalLines({ removal, addition, changes, forecast, state }: Plan): string[] {
  // What cannot be sent at all needs no approval.
  if (forecast.requests === 0) return []
  const large = [
    removal.needsApproval
      ? `Removes ${removal.percent} % of the list (${plural(changes.removed, 'member')}), more than the limit of ${removal.limit}`
      : null,
    addition.needsApproval
      ? `Adds ${addition.percent} % of the list (${plural(changes.added, 'member')}), more than the limit of ${addition.limit}`
      : null,
  ].filter((line) => line !== null)
  if (large.length === 0) return []
  return [
    '',
    ...large.map((line) => `${mark('!', 'yellow')} ${line}.`),
    ...(state === 'waiting'
      ? ['  sync will wait for your approval before it sends anything (or use --yes).']
      : []),
  ]
}

const BAR_CHARS = 20

/**
 * All members of now and then as one bar: those who stay, `▒` for those who arrive and `░` for those who leave. Whatever there is of them has a
 * sign, however few they are.
 */
export function changeBar({ unchanged, added, removed }: Plan['changes']): string {
  const all = unchanged + added + removed
  if (all === 0) return '·'.repeat(BAR_CHARS)
  const parts = [unchanged, added, removed].map((number) =>
    number === 0 ? 0 : Math.max(1, Math.round((number / all) * BAR_CHARS)),
  )
  // Rounding is made good where it shows least.
  const largest = parts.indexOf(Math.max(...parts))
  const rest = BAR_CHARS - parts.reduce((sum, chars) => sum + chars, 0)
  const [stay = 0, arrive = 0, leave = 0] = parts.map((chars, index) =>
    index === largest ? chars + rest : chars,
  )
  return `${'█'.repeat(stay)}${mark('▒'.repeat(arrive), 'green')}${mark('░'.repeat(leave), 'yellow')}`
}

function planLines(plan: Plan, inputs: SyncInputs): string[] {
  const { rows, changes, sample, forecast, list } = plan
  const now = rows.members - changes.added + changes.removed
  const lines = [
    `${bold(list.name)} → ${list.id === null ? 'a new customer list' : `customer list ${list.id}`} in ${accountText(inputs)}`,
    '',
    `  ${count(now)} now  ${changeBar(changes)}  ${mark(`+${count(changes.added)}`, 'green')} arrive  ${mark(`−${count(changes.removed)}`, 'yellow')} leave  = ${bold(count(rows.members))} members`,
    `  ${plural(rows.received, 'row')} received, ${count(rows.invalid)} rejected${reasonsText(plan.invalidByReason)}, ${plural(rows.duplicates, 'duplicate')}`,
    sendingText(forecast),
  ]
  if (sample.arrivals.length > 0)
    lines.push(`  arrivals     ${sample.arrivals.join('  ')}${more(changes.added, sample.arrivals)}`)
  lines.push(...approvalLines(plan))
  for (const warning of plan.warnings) lines.push('', ...warningLines(warning))
  // What needs approval was told above, in its own words.
  if (plan.error !== undefined && plan.state === 'failed') lines.push('', ...errorLines(plan.error))
  return [...lines, '', dim(`Nothing was sent. rollcall sync with the same options ${outlook(plan)}`)]
}

/** What a sync would do now, in the order in which it would happen. Only the lack of an audience fails a run that has sent its change. */
function outlook(plan: Pick<Plan, 'state' | 'error' | 'warnings' | 'audience' | 'forecast'>): string {
  const { state, error, warnings, audience, forecast } = plan
  const tooFew = 'not_enough_records'
  if (error === undefined) return 'makes this change.'
  const isFailingLater = audience === null && warnings.some(({ code }) => code === tooFew)
  if (state === 'waiting')
    return `waits for a person before anything is sent${isFailingLater ? `, would then send the change, and then fail: ${words(tooFew)}` : ''}.`
  const sends = error.code === tooFew && forecast.requests > 0
  return `would ${sends ? `send ${plural(forecast.requests, 'request')}, and then ` : ''}fail: ${words(error.code)}.`
}

function sendingText({ requests, seconds }: Plan['forecast']): string {
  if (requests === 0) return '  sends nothing'
  const time = seconds < 1 ? span(seconds) : `about ${span(seconds)}`
  return `  sends ${plural(requests, 'request')} in ${time}`
}

function more(total: number, shown: readonly string[]): string {
  return total > shown.length ? ' …' : ''
}
