import type { ActionName } from '../base/catalogue.ts'

/**
 * What an error on the command line is about: a `run` that was started there, whose options are stored with it, so that other ones mean
 * another run; or what is `saved`, which has commands of its own.
 */
export type Surface = 'run' | 'saved'

/** Corrects SQL that is saved. */
const DRAFT_SQL = 'Correct it with --draft-sql of `rollcall queries update ID`.'
const ANOTHER_SOURCE: Readonly<Record<Surface, string>> = {
  run: 'Run `rollcall sync` with another --from.',
  saved:
    'Correct the data source with `rollcall data-sources update ID`: use --folder and --files, or --url.',
}

/** What options do about an error, each with the command that takes it. */
const ADVICE: Readonly<Partial<Record<ActionName, Readonly<Partial<Record<Surface, string>>>>>> = {
  not_enough_records: {
    run: 'Run `rollcall sync` with another --query or --from. Add --hashed if every row is a SHA-256 hash.',
  },
  addresses_or_hashes: {
    run: 'Run `rollcall sync` with --hashed if every row is a SHA-256 hash. Omit it if the rows are addresses.',
  },
  unordered_rows: { run: 'Run `rollcall sync` with another --query.', saved: DRAFT_SQL },
  authorization_error: {
    run: 'Set PINTEREST_REFRESH_TOKEN, with PINTEREST_APP_ID and PINTEREST_APP_SECRET of the same app, and run `rollcall sync` again.',
    saved: 'Set the new token with --refresh-token of `rollcall credentials update ID`.',
  },
  ad_account_not_found: {
    run: 'Run `rollcall sync` with another --ad-account.',
    saved:
      'Set the ID with --ad-account-id of `rollcall destinations create` or `rollcall destinations update ID`.',
  },
  adopt: { run: 'Run `rollcall sync` with --adopt to do this from the start.' },
  choose_another_name: {
    run: 'Run `rollcall sync` with another --list.',
    saved: 'Set another name with --list-name of `rollcall orchestrations update ID`.',
  },
  approve: { run: 'Run `rollcall sync` with --yes to approve it beforehand.' },
  missing_email_column: {
    run: 'Run `rollcall sync` with another --email-column.',
    saved: 'Name another column with --draft-email-column of `rollcall queries update ID`.',
  },
  query_failed: { run: 'Run `rollcall sync` with another --query.', saved: DRAFT_SQL },
  source_not_found: ANOTHER_SOURCE,
  source_refused: ANOTHER_SOURCE,
  source_damaged: ANOTHER_SOURCE,
}

/** What options of the command line do about it; null for an action that means the same everywhere. */
export function optionsOf(action: ActionName, surface: Surface): string | null {
  return ADVICE[action]?.[surface] ?? null
}
