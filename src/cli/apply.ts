import { createInterface } from 'node:readline/promises'
import { Command } from '@commander-js/extra-typings'
import { RollcallError } from '../base/rollcall-error.ts'
import type { Outcome } from '../workspace/configuration/apply.ts'
import type { Difference, ObjectChange } from '../workspace/configuration/change.ts'
import { ApiRefusal, withApi } from './api-client.ts'
import type { ApiClient } from './api-client.ts'
import { readConfiguration } from './configuration-file.ts'
import { differenceLines, nameOf, objectLine } from './difference-lines.ts'
import { createOutput, dim, mark, printError } from './output.ts'
import { plural } from '../base/words.ts'
import type { Output } from './output.ts'

export function applyCommand() {
  return new Command('apply')
    .description('apply a configuration file, after showing what would change')
    .usage('-f <file> [options]')
    .option('-f, --file <file>', 'YAML or JSON as `rollcall export` writes it; - reads standard input')
    .option('--yes', 'apply without asking', false)
    .option('--prune', 'also delete objects missing from the file, for the kinds it contains', false)
    .option('--dry-run', 'only show what would change', false)
    .option('--json', 'print one JSON object; never asks', false)
    .addHelpText('after', SECRETS_HELP)
    .action(async (options) => {
      const output = createOutput(options.json)
      try {
        const { file } = options
        if (!file) throw new RollcallError('wrong_usage', { detail: MISSING_FILE })
        const document = await readConfiguration(file, process.env)
        await withApi((api, signal) => apply({ ...options, output, document, file, api, signal }))
      } catch (error) {
        if (error instanceof ApiRefusal && error.answer.outcome !== undefined && !output.json)
          for (const line of outcomeLines(error.answer.outcome)) output.note(line)
        printError(output, error)
      }
    })
}

const MISSING_FILE =
  '--file is missing: name the configuration file, or - for standard input. `rollcall export` writes one.'

const SECRETS_HELP = `
The file holds no secrets. New objects name the environment variables that hold theirs, such as:
  appId: {env: NAME}, appSecret: {env: NAME}, refreshToken: {env: NAME}, url: {env: NAME}
Rollcall reads them from the environment of this command. Existing objects keep their secrets if they are not set.
Kinds that the file omits stay as they are.`

interface Apply {
  readonly output: Output
  readonly document: object
  readonly file: string
  readonly yes: boolean
  readonly prune: boolean
  readonly dryRun: boolean
  readonly api: ApiClient
  readonly signal: AbortSignal
}

type State = 'same' | 'planned' | 'waiting' | 'applied'

async function apply(options: Apply): Promise<void> {
  const { output, document, prune, api, signal } = options
  const planned = await api.request('POST', '/configuration/plan', { document, prune }, { signal })
  const difference = planned.body as Difference
  const done = difference.changes.filter(({ action }) => action !== 'same')
  const end = (state: State, lines: readonly string[], changes: readonly ObjectChange[] = done): void =>
    output.result({ state, ...difference, changes, same: difference.changes.length - done.length }, lines)
  const shown = differenceLines(difference)
  if (done.length === 0) return end('same', [...shown, 'Nothing to change.'])
  if (options.dryRun) return end('planned', [...shown, dim('Nothing was changed.')])
  const asks = !options.yes && !output.json && isTerminal(options.file)
  if (asks) for (const line of shown) output.note(line)
  if (!options.yes && !(asks && (await isAgreed(signal)))) {
    process.exitCode = 3
    return end('waiting', [
      ...(asks ? [] : shown),
      'Nothing was changed: this needs your confirmation. Use --yes to apply it.',
    ])
  }
  const { digest } = difference
  const { body } = await api.request('POST', '/configuration/apply', { document, digest, prune }, { signal })
  const { applied } = body as { applied: readonly ObjectChange[] }
  const found = (one: ObjectChange) =>
    applied.find(({ kind, name }) => kind === one.kind && name === one.name)
  end(
    'applied',
    [
      ...(asks ? [] : [...shown, '']),
      `${mark('✓', 'green')} Applied ${plural(applied.length, 'change')}.`,
      ...foundLines(applied),
    ],
    done.map((one) => found(one) ?? one),
  )
}

/** What was found out of the texts of queries. */
function foundLines(applied: readonly ObjectChange[]): string[] {
  return applied.flatMap((change) => {
    const { notChecked, warnings = [] } = change
    const ofCheck = notChecked === undefined ? [] : [`The ${nameOf(change)} was not checked. ${notChecked}`]
    const found = [...ofCheck, ...warnings.map((warning) => `The ${nameOf(change)}: ${warning}`)]
    return found.map((line) => `${mark('!', 'yellow')} ${line}`)
  })
}

function isTerminal(file: string): boolean {
  return file !== '-' && process.stdin.isTTY && process.stderr.isTTY
}

async function isAgreed(signal: AbortSignal): Promise<boolean> {
  const prompt = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = await prompt.question('Apply these changes? [y/N] ', { signal })
    return /^(?:y|yes)$/i.test(answer.trim())
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    prompt.close()
  }
}

/** How far it came, before the error itself. */
function outcomeLines({ applied, failed, remaining }: Outcome): string[] {
  const others = remaining.filter(({ kind, name }) => kind !== failed.kind || name !== failed.name)
  return [
    ...(applied.length === 0
      ? ['Nothing was changed.']
      : [
          `Applied before it stopped: ${plural(applied.length, 'change')}`,
          ...applied.map((one) => `  ${objectLine(one)}`),
          ...foundLines(applied),
        ]),
    ...(others.length === 0
      ? []
      : [`Not applied: ${plural(others.length, 'change')}`, ...others.map((one) => `  ${objectLine(one)}`)]),
    `Stopped at ${nameOf(failed)}. Fix it, then apply the same file again: it continues from here.`,
    '',
  ]
}
