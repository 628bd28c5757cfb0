import { Command, InvalidArgumentError } from '@commander-js/extra-typings'
import { limitDefinitions } from '../base/limits.ts'
import type { LimitName, Limits } from '../base/limits.ts'
import { RollcallError } from '../base/rollcall-error.ts'
import { count } from '../base/words.ts'
import { checkGiven, plainInputs } from '../destinations/customer-list/inputs/inputs.ts'
import type { SyncInputs } from '../destinations/customer-list/inputs/inputs.ts'
import type { Needs } from '../platform/open.ts'

/**
 * Options that `plan` and `sync` share. None is mandatory for the parser, which would complain of a missing `--list` where
 * `--lst` was typed; `checkGiven` asks for what is missing.
 */
export function jobCommand(name: string) {
  return new Command(name)
    .usage('--from <source...> --ad-account <id> --list <name> [options]')
    .option(
      '--from <source...>',
      'CSV, TSV, Parquet or JSON files (also .gz), a pattern, or with --query a database: postgres://…',
    )
    .option('--query <sql>', 'SQL that returns the addresses; over files, it reads the table "input"')
    .option('--email-column <name>', 'column that holds the addresses', 'email')
    .option('--ad-account <id>', 'ID of the Pinterest ad account, a number of up to 18 digits')
    .option('--list <name>', 'name of the customer list, which is created if there is none')
    .option('--hashed', 'the column holds SHA-256 hashes instead of addresses', false)
    .option('--adopt', 'use an existing list that already has members', false)
    .option('--yes', 'approve a large removal or addition', false)
    .option(
      '--max-removal-percent <percent>',
      `removals above this percentage of the list need approval; ${unlessGiven('removalPercentMax')}`,
      wholeNumber(0, 100),
    )
    .option(
      '--max-addition-percent <percent>',
      `additions above this percentage of the list need approval; ${unlessGiven('additionPercentMax')}`,
      wholeNumber(0, limitDefinitions.additionPercentMax.max),
    )
    .option(
      '--batch-size <members>',
      `members in one request to Pinterest; ${unlessGiven('batchSize')}`,
      wholeNumber(1, 100_000),
    )
    .option(
      '--rejects <file>',
      'write the rejected rows to this CSV file, masked; with --query, `result_row` counts rows of the result and the file column is empty',
    )
    .option('--json', 'print one JSON object', false)
}

/** The limit that holds where the option is not given. */
function unlessGiven(name: LimitName): string {
  return `default: the limit ${name}, ${count(limitDefinitions[name].default)} unless you set it`
}

export type JobOptions = ReturnType<ReturnType<typeof jobCommand>['opts']>

/** With a query, files are read by a process of its own. */
export function needsOf({ query }: SyncInputs): Needs {
  return { rowEngine: query === null }
}

/** Error: `wrong_usage` for what can never work, before anything is opened. */
export function inputsOf(options: JobOptions): SyncInputs {
  const inputs = {
    from: options.from ?? [],
    query: options.query ?? null,
    emailColumn: options.emailColumn,
    hashed: options.hashed,
    adAccountId: options.adAccount ?? '',
    list: options.list ?? '',
    yes: options.yes,
    ...plainInputs,
    adopt: options.adopt,
    rejects: options.rejects ?? null,
    limits: limitsOf(options),
    cwd: workingFolder(),
  }
  checkGiven(inputs, {
    from: '--from',
    adAccountId: '--ad-account',
    list: '--list',
    emailColumn: '--email-column',
  })
  return inputs
}

/** Paths of a run start there. Error: `wrong_usage` when it has been deleted. */
function workingFolder(): string {
  try {
    return process.cwd()
  } catch (error) {
    const detail = 'The working folder no longer exists. Change to an existing folder and run again.'
    throw new RollcallError('wrong_usage', { detail }, { cause: error })
  }
}

/** Limits that the command line sets for this run. */
function limitsOf(
  options: Pick<JobOptions, 'maxRemovalPercent' | 'maxAdditionPercent' | 'batchSize'>,
): Partial<Limits> {
  return {
    ...(options.maxAdditionPercent === undefined ? {} : { additionPercentMax: options.maxAdditionPercent }),
    ...(options.maxRemovalPercent === undefined ? {} : { removalPercentMax: options.maxRemovalPercent }),
    ...(options.batchSize === undefined ? {} : { batchSize: options.batchSize }),
  }
}

function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = Number(text)
    if (/^\d+$/.test(text) && number >= min && number <= max) return number
    throw new InvalidArgumentError(`Use a whole number from ${min} to ${max}.`)
  }
}

/** The place of a run's list, in words. */
export function accountText({ adAccountId }: Pick<SyncInputs, 'adAccountId'>): string {
  return `ad account ${adAccountId}`
}
