/**
 * The one catalogue of errors and of the workflow actions that resolve them. Command line, API and console
 * show these texts and no others. Texts name what is concerned through `{placeholders}`; a placeholder never
 * holds an address or a secret.
 */

/**
 * What a person does about an error: `steps` beforehand, and then `resolve`, which takes a workflow. Both hold wherever Rollcall
 * runs, so they name no option of the command line, which adds its own.
 */
interface ActionEntry {
  readonly title: string
  readonly about: string
  readonly steps: readonly string[]
  readonly resolve: string | null
}

const WITH_FRESH_ROWS = 'Resolve to run the workflow again with fresh rows.'

export const actionCatalogue = {
  try_now: {
    title: 'Try now',
    about: 'Try the waiting task again now, without waiting for its next try.',
    steps: [],
    resolve: null,
  },
  retry: {
    title: 'Retry task',
    about: 'Run again from the failed task with the same inputs.',
    steps: [],
    resolve: null,
  },
  skip_task: {
    title: 'Skip task',
    about:
      'Continue without the task that did not succeed. The workflow then ends with a warning that names it.',
    steps: [],
    resolve: null,
  },
  skip_part: {
    title: 'Skip part',
    about:
      'Let the workflow that this is a part of continue without it. That workflow then ends with a warning that names the part.',
    steps: [],
    resolve: null,
  },
  restart: {
    title: 'Restart workflow',
    about: 'Start over with the current configuration and fresh rows.',
    steps: [],
    resolve: null,
  },
  stop: {
    title: 'Stop',
    about: 'End this workflow. What Pinterest confirmed stays on record.',
    steps: [],
    resolve: null,
  },
  not_enough_records: {
    title: 'Not enough records',
    about: 'Change the query so that it returns enough members, then run it again.',
    steps: [
      'Check the rows that the query or file returns.',
      'Edit the query or segment to return at least {minimum} valid e-mail addresses, or choose another one.',
    ],
    resolve: WITH_FRESH_ROWS,
  },
  addresses_or_hashes: {
    title: 'Addresses or hashes',
    about: 'Return plain addresses, which Rollcall hashes for you, or only SHA-256 hashes, marked as hashes.',
    steps: [
      'Return plain addresses if you can. Hashes made elsewhere often come from addresses that were not trimmed or lower-cased.',
      String.raw`Or return SHA-256 hashes of 64 hexadecimal digits, without \x or 0x and not in Base64, and check "The source holds hashes" in the query editor.`,
      'MD5 and SHA-1 do not work: Rollcall sends only SHA-256.',
    ],
    resolve: WITH_FRESH_ROWS,
  },
  unordered_rows: {
    title: 'Unordered rows',
    about: 'Make the query choose rows in a fixed order or by value, then run it again.',
    steps: [
      'Add ORDER BY with columns that are unique to each row. In functions, put it inside the parentheses, as in any_value(email ORDER BY id). In windows, put it inside those of OVER.',
      'Or choose by value, with min and max instead of any_value and first.',
    ],
    resolve: WITH_FRESH_ROWS,
  },
  authorization_error: {
    title: 'Authorization error',
    about: 'Give Rollcall a refresh token that Pinterest accepts.',
    steps: [
      'Review the credential that the destination uses: its refresh token may be expired or revoked.',
      'If another Rollcall, another credential or another program uses the same refresh token, it may have renewed it, which can end this one. Use each refresh token in one place only.',
      'Authorize again in Pinterest with a user who may manage the ad account, and set the new refresh token.',
    ],
    resolve: 'Resolve to run the workflow again with the new token.',
  },
  insufficient_permissions: {
    title: 'Insufficient permissions',
    about: 'Give the authorizing Pinterest user access to the customer lists of this ad account.',
    steps: [
      'Sign in to Pinterest and check that the user who authorized Rollcall is an owner or admin of ad account {adAccount}, or has the Audience role there, and can see all its customer lists.',
      'Change the permissions there, or authorize again with a user who has them.',
    ],
    resolve: 'Resolve to run the workflow again.',
  },
  ad_account_not_found: {
    title: 'Ad account not found',
    about: 'Correct the ad account ID, or authorize with a user who has access to it.',
    steps: [
      'Compare ad account {adAccount} with the number in the Ads Manager URL or on the Ad account overview page.',
      'Correct the ID in the destination.',
      'If the ID is correct, authorize again with a user who can access this ad account.',
    ],
    resolve: 'Resolve to run the workflow again.',
  },
  destination_refused: {
    title: 'Destination refused',
    about: 'Correct the settings of the destination, or what they name in the other system.',
    steps: ['Do this first: {advice}'],
    resolve: 'Resolve to run the workflow again.',
  },
  adopt: {
    title: 'Use the list anyway',
    about:
      'Use this list and keep its current members. Rollcall cannot see or remove members it did not add.',
    steps: [
      'Check in Ads Manager which campaigns use this list: members that others added stay on it and see the same ads.',
    ],
    resolve: 'Resolve to continue with this list.',
  },
  choose_another_name: {
    title: 'Choose another name',
    about: 'Choose a list name that is not in use. Rollcall then creates its own list.',
    steps: ['In the orchestration, choose a list name that is not in use in this ad account.'],
    resolve: null,
  },
  rebuild: {
    title: 'Rebuild',
    about: 'Create a new customer list with this name and all members, and a new audience from it.',
    steps: [
      'Note which campaigns use the old audience; switch them to the new one in Ads Manager afterwards.',
    ],
    resolve: 'Resolve to create a new list "{list}" and fill it.',
  },
  use_newer_list: {
    title: 'Move to the newer list',
    about:
      'Stop using the current list and switch to the newest one with this name. Rollcall cannot see or remove members that others added to it.',
    steps: [
      'Check in Ads Manager which list "{list}" your campaigns use.',
      'To stay with the current list, do nothing.',
    ],
    resolve: 'Resolve to move: Rollcall uses the newest list from now on.',
  },
  approve: {
    title: 'Approve the change',
    about: 'Approve exactly this change: {change}.',
    steps: [
      'Compare the counts with what you expect from the query. If they are wrong, correct the query and run it again.',
    ],
    resolve: 'Resolve to send exactly this change ({change}). A different change needs a new approval.',
  },
  send: {
    title: 'Send the difference',
    about: 'Add {adds} members and remove {removes}, as shown.',
    steps: [
      'Compare the counts with what you expect from the query. If they are wrong, correct the query and run it again.',
    ],
    resolve: 'Resolve to send exactly this difference.',
  },
  missing_email_column: {
    title: 'Missing email column',
    about: 'Name the column that holds the addresses.',
    steps: [
      'Make the source return exactly one column "{column}".',
      'Or set another e-mail column in the query editor.',
    ],
    resolve: WITH_FRESH_ROWS,
  },
  query_failed: {
    title: 'Query failed',
    about: 'Correct the query or the source.',
    steps: ['Read the reason above, then correct the query or file.'],
    resolve: WITH_FRESH_ROWS,
  },
  source_not_found: {
    title: 'Source not found',
    about: 'Correct the path or address, or put the file in place.',
    steps: [
      'For files, check the path, and that the user who runs Rollcall can read them.',
      'For a database, check its host, port and name, and that it is running.',
    ],
    resolve: WITH_FRESH_ROWS,
  },
  source_refused: {
    title: 'Data source refused',
    about: 'Correct the address, the user or the password of the database.',
    steps: ['Compare host, port, database, user and password with what the owner of the database gave you.'],
    resolve: WITH_FRESH_ROWS,
  },
  source_damaged: {
    title: 'Source damaged',
    about: 'Replace the file with a complete copy.',
    steps: [
      'Export or copy the file again. If the message names a line, correct that line first. Nothing was sent, so the list is unchanged.',
      'Write the new file under another name in the same folder, then rename it, so that it is never read half-written.',
    ],
    resolve: WITH_FRESH_ROWS,
  },
  threshold_not_met: {
    title: 'Query threshold',
    about: 'Change the query or its thresholds, then run again.',
    steps: [
      'Open query "{query}" and compare the {rows} rows with what you expect.',
      'Correct the query, or change its "Warn when" and "Fail when" thresholds.',
    ],
    resolve: WITH_FRESH_ROWS,
  },
  accept_list: {
    title: 'Accept as is',
    about:
      'Keep the list as others changed it. Rollcall cannot see or remove members that others added. Members that others removed stay off the list: only Rebuild brings them back.',
    steps: [
      'Check in Ads Manager which campaigns use this list: members that others added see the same ads.',
    ],
    resolve: 'Resolve to accept the list as it is now.',
  },
  accept_once: {
    title: 'Accept this once',
    about: 'Continue with exactly these {rows} rows. The thresholds stay as they are.',
    steps: ['Open query "{query}" and make sure that {rows} rows are right this time.'],
    resolve: 'Resolve to continue with these rows. If the rows change, the thresholds apply again.',
  },
  still_processing: {
    title: 'Still processing',
    about: 'Wait, then run again.',
    steps: ['Pinterest may take up to 48 hours to process a list.'],
    resolve: 'Resolve to continue.',
  },
} as const satisfies Record<string, ActionEntry>

/** Whether a person has to decide something: a run waits, or warns that a list is not what it should be. */
export function asksPerson(code: ErrorCode): boolean {
  return errorCatalogue[code].exit === 3 || code === 'list_changed_elsewhere'
}

/** All steps of an action in order, as they are for an error of a workflow. */
export function stepsOf(action: ActionName): readonly string[] {
  const { steps, resolve }: ActionEntry = actionCatalogue[action]
  return resolve === null ? steps : [...steps, resolve]
}

export type ActionName = keyof typeof actionCatalogue

interface ErrorEntry {
  /** The cause in a marketer's words, with `{placeholders}`. */
  readonly message: string
  /** Exit code of the command line: 1 failed, 2 wrong usage, 3 waits for a person. */
  readonly exit: 1 | 2 | 3
  /** HTTP status of an API answer with it. */
  readonly status: 400 | 401 | 403 | 404 | 409 | 413 | 421 | 422 | 429 | 500 | 502 | 503 | 507
  /** Who has to act: the brand's configuration, or the platform (often passing). */
  readonly attribution: 'configuration' | 'platform'
  /** Actions that resolve it, the fitting one first. */
  readonly actions: readonly ActionName[]
}

const RERUN = ['retry', 'restart', 'stop'] as const

export const errorCatalogue = {
  not_enough_records: {
    message: 'Not enough records: {detail}. An audience needs at least {minimum} members.',
    exit: 1,
    status: 409,
    attribution: 'configuration',
    actions: ['not_enough_records', 'restart', 'retry', 'stop'],
  },
  already_hashed: {
    message: 'Already hashed: {rows} with a hash instead of an address, left out ({found}). {needed}',
    exit: 1,
    status: 409,
    attribution: 'configuration',
    actions: ['addresses_or_hashes'],
  },
  not_a_hash: {
    message:
      'Not a hash: {rows} without a SHA-256 hash of 64 hexadecimal digits, left out ({found}). {needed}',
    exit: 1,
    status: 409,
    attribution: 'configuration',
    actions: ['addresses_or_hashes'],
  },
  missing_email_column: {
    message: 'Missing email column: {detail}',
    exit: 1,
    status: 422,
    attribution: 'configuration',
    actions: ['missing_email_column', 'restart', 'stop'],
  },
  source_not_found: {
    message: 'Source not found: {detail}',
    exit: 1,
    status: 422,
    attribution: 'configuration',
    actions: ['source_not_found', ...RERUN],
  },
  source_damaged: {
    message: 'Source damaged: {detail}',
    exit: 1,
    status: 422,
    attribution: 'configuration',
    actions: ['source_damaged', ...RERUN],
  },
  source_refused: {
    message: 'Data source refused: {detail}',
    exit: 1,
    status: 422,
    attribution: 'configuration',
    actions: ['source_refused', ...RERUN],
  },
  query_failed: {
    message: 'Query failed: {detail}',
    exit: 1,
    status: 422,
    attribution: 'configuration',
    actions: ['query_failed', ...RERUN],
  },
  unordered_rows: {
    message:
      'Unordered rows: the query uses {parts} without ORDER BY. Rows of files have no fixed order, so each run may choose different members.',
    exit: 1,
    status: 409,
    attribution: 'configuration',
    actions: ['unordered_rows'],
  },
  authorization_error: {
    message: 'Authorization error: {detail}',
    exit: 1,
    status: 422,
    attribution: 'configuration',
    actions: ['authorization_error', ...RERUN],
  },
  insufficient_permissions: {
    message: 'Insufficient permissions: {detail}',
    exit: 1,
    status: 422,
    attribution: 'configuration',
    actions: ['insufficient_permissions', ...RERUN],
  },
  ad_account_not_found: {
    message:
      'Ad account not found: this credential cannot access ad account {adAccount}, or the account does not exist.',
    exit: 1,
    status: 422,
    attribution: 'configuration',
    actions: ['ad_account_not_found', ...RERUN],
  },
  destination_refused: {
    message: 'Destination refused: {detail}',
    exit: 1,
    status: 422,
    attribution: 'configuration',
    actions: ['destination_refused', ...RERUN],
  },
  list_not_empty: {
    message:
      'List not empty: customer list "{list}" ({listId}) already holds records that Rollcall did not send ({uploaded} uploaded, {removed} removed).',
    exit: 1,
    status: 409,
    attribution: 'configuration',
    actions: ['adopt', 'choose_another_name', ...RERUN],
  },
  list_not_found: {
    message: 'List not found: customer list "{list}" ({listId}) is no longer in ad account {adAccount}.',
    exit: 1,
    status: 409,
    attribution: 'configuration',
    actions: ['rebuild', ...RERUN],
  },
  list_changed_elsewhere: {
    message:
      'List changed elsewhere: customer list "{list}" shows {detail}. Others have changed it, so its members may differ from the query.',
    exit: 1,
    status: 409,
    attribution: 'configuration',
    actions: ['rebuild', 'accept_list', 'stop'],
  },
  ledger_damaged: {
    message:
      'Ledger damaged: {detail}. It records who is on the customer list, so Rollcall has stopped sending. Rebuild the list, or restore the file from a backup and retry.',
    exit: 1,
    status: 409,
    attribution: 'platform',
    actions: ['rebuild', 'retry', 'stop'],
  },
  newer_list: {
    message:
      'Newer list: Pinterest has a newer list named "{list}" ({newerId}). Rollcall keeps using the current one ({listId}).',
    exit: 1,
    status: 409,
    attribution: 'configuration',
    actions: ['use_newer_list', 'stop'],
  },
  still_processing: {
    message:
      'Still processing: Pinterest has not finished processing customer list "{list}" ({listId}), so it cannot become an audience yet. The list itself is in step.',
    exit: 1,
    status: 409,
    attribution: 'platform',
    actions: ['still_processing', ...RERUN],
  },
  large_removal: {
    message:
      'Large removal: {removes} of {members} would be removed ({percent} %), more than the limit of {limit}. {others}. {sent}',
    exit: 3,
    status: 409,
    attribution: 'configuration',
    actions: ['approve', 'restart', 'retry', 'stop'],
  },
  large_addition: {
    message:
      'Large addition: {adds} would be added to a list of {members} ({percent} %), more than the limit of {limit}. {others}. {sent}',
    exit: 3,
    status: 409,
    attribution: 'configuration',
    actions: ['approve', 'restart', 'retry', 'stop'],
  },
  review_needed: {
    message:
      'Review: {adds} would be added to "{list}" and {removes} removed; it has {members} now. Nothing has been sent yet.',
    exit: 3,
    status: 409,
    attribution: 'configuration',
    actions: ['send', 'restart', 'stop'],
  },
  already_running: {
    message: 'Already running: workflow {workflow} is sending to this list. A list takes one run at a time.',
    exit: 1,
    status: 409,
    attribution: 'configuration',
    actions: [],
  },
  pinterest_unavailable: {
    message:
      'Pinterest is unavailable: {detail}. What it confirmed is on record; the next attempt continues from there.',
    exit: 1,
    status: 503,
    attribution: 'platform',
    actions: [...RERUN],
  },
  pinterest_refused: {
    message: 'Pinterest refused a request: {detail}',
    exit: 1,
    status: 502,
    attribution: 'platform',
    actions: [...RERUN],
  },
  not_pinterest: {
    message:
      'Not an answer from Pinterest: something in between answered instead ({detail}), such as a proxy or firewall. Allow connections to api.pinterest.com, and check HTTPS_PROXY and NO_PROXY.',
    exit: 1,
    status: 502,
    attribution: 'platform',
    actions: [...RERUN],
  },
  stopped: {
    message: 'Stopped: {detail}. What Pinterest confirmed is on record; the next run continues from there.',
    exit: 1,
    status: 409,
    attribution: 'configuration',
    actions: ['retry', 'restart'],
  },
  interrupted: {
    message:
      'Interrupted: the process that ran this workflow ended before the workflow finished (it was killed, or the machine went down). What Pinterest confirmed is on record; the next run continues from there.',
    exit: 1,
    status: 409,
    attribution: 'platform',
    actions: [...RERUN],
  },
  process_keeps_ending: {
    message:
      'Process keeps ending: the process that ran this workflow ended {times} in a row without progress, last during "{task}". It was killed, crashed or stopped answering, often because memory ran out. Check the memory and the system log of that machine, fix the cause, then retry.',
    exit: 1,
    status: 409,
    attribution: 'platform',
    actions: [...RERUN],
  },
  record_damaged: {
    message:
      'Stored data damaged: the database holds {what} in a form that Rollcall did not write. It was changed or damaged there. What Pinterest confirmed stays on record. Restart the workflow to read everything again.',
    exit: 1,
    status: 409,
    attribution: 'platform',
    actions: ['restart', 'stop'],
  },
  kind_unknown: {
    message:
      'Unknown kind: this version of Rollcall has no workflows of kind "{kind}". Use a version that has them and retry there, or stop the workflow.',
    exit: 1,
    status: 409,
    attribution: 'configuration',
    actions: ['retry', 'stop'],
  },
  workflow_not_found: {
    message: 'Workflow not found: there is no workflow {workflow}.',
    exit: 1,
    status: 404,
    attribution: 'configuration',
    actions: [],
  },
  action_not_possible: {
    message: 'Action not possible: {detail}',
    exit: 1,
    status: 409,
    attribution: 'configuration',
    actions: [],
  },
  home_not_writable: {
    message: 'Data folder not writable: {detail}. Set ROLLCALL_HOME to a folder this user may write to.',
    exit: 1,
    status: 500,
    attribution: 'configuration',
    actions: [],
  },
  home_too_new: {
    message:
      'Data folder too new: a newer version of Rollcall last used it ({detail}). Use that version, or set ROLLCALL_HOME to another folder.',
    exit: 1,
    status: 500,
    attribution: 'configuration',
    actions: [],
  },
  older_version_running: {
    message:
      'Older version still running: it uses this database {detail}, and this version has to change the tables first. Nothing was changed. Stop `rollcall start`, `server`, `worker` and every other command of the older version, then run this again.',
    exit: 1,
    status: 503,
    attribution: 'configuration',
    actions: [],
  },
  disk_full: {
    message:
      'Disk full: there is no space left for {detail}. Free some space and run again. Nothing is lost.',
    exit: 1,
    status: 507,
    attribution: 'configuration',
    actions: [...RERUN],
  },
  database_unavailable: {
    message: 'Database unavailable: {detail}',
    exit: 1,
    status: 503,
    attribution: 'platform',
    actions: [],
  },
  server_unavailable: {
    message: 'Server unavailable: {detail}.',
    exit: 1,
    status: 503,
    attribution: 'platform',
    actions: [],
  },
  secret_key_wrong: {
    message:
      'Secret key does not match: {detail}. Set ROLLCALL_SECRET_KEY or ROLLCALL_SECRET_KEY_FILE to the key that this data folder was created with. If that key is lost, enter the secrets again.',
    exit: 1,
    status: 500,
    attribution: 'configuration',
    actions: [...RERUN],
  },
  threshold_not_met: {
    message:
      'Query threshold: query "{query}" returned {rows} rows, {bound}. The run was stopped before anything was sent.',
    exit: 1,
    status: 409,
    attribution: 'configuration',
    actions: ['threshold_not_met', 'accept_once', 'restart', 'retry', 'stop'],
  },
  threshold_warning: {
    message: 'Query threshold: query "{query}" returned {rows} rows, {bound}. The run continued.',
    exit: 1,
    status: 409,
    attribution: 'configuration',
    actions: ['threshold_not_met', 'stop'],
  },
  query_not_active: {
    message:
      'Query not active: query "{query}" is a draft. Activate it on the Queries page before an orchestration uses it.',
    exit: 1,
    status: 409,
    attribution: 'configuration',
    actions: [],
  },
  token_expiring: {
    message:
      'Token expiring: the refresh token of credential "{credential}" stops working on {expires}, and renewing it failed: {detail}',
    exit: 1,
    status: 409,
    attribution: 'configuration',
    actions: ['authorization_error'],
  },
  task_skipped: {
    message: 'Task skipped: {by} skipped the task "{task}" and let the workflow continue.',
    exit: 1,
    status: 409,
    attribution: 'configuration',
    actions: [],
  },
  part_failed: {
    message: 'Part failed: {parts} did not succeed. Open each failed part to see why.',
    exit: 1,
    status: 409,
    attribution: 'configuration',
    actions: ['retry', 'restart', 'stop'],
  },
  part_skipped: {
    message: 'Part skipped: {by} skipped the part "{part}" and let the workflow continue.',
    exit: 1,
    status: 409,
    attribution: 'configuration',
    actions: [],
  },
  run_skipped: {
    message: 'Run skipped: the run due at {due} did not start: {detail}.',
    exit: 1,
    status: 409,
    attribution: 'configuration',
    actions: [],
  },
  slower_than: {
    message: 'Slower than expected: this workflow has been running for more than {limit}.',
    exit: 1,
    status: 409,
    attribution: 'platform',
    actions: ['stop'],
  },
  alert_not_delivered: {
    message: 'Alert not delivered: {detail}',
    exit: 1,
    status: 502,
    attribution: 'configuration',
    actions: [],
  },
  not_signed_in: {
    message: 'Not signed in: {detail}',
    exit: 1,
    status: 401,
    attribution: 'configuration',
    actions: [],
  },
  sign_in_failed: {
    message: 'Sign-in failed: the e-mail address or the password is wrong.',
    exit: 1,
    status: 401,
    attribution: 'configuration',
    actions: [],
  },
  ticket_refused: {
    message:
      'Sign-in failed: this address was already used, or its demo has ended. Open the address printed last.',
    exit: 1,
    status: 401,
    attribution: 'configuration',
    actions: [],
  },
  too_many_attempts: {
    message: 'Too many attempts: sign-in is blocked for {wait}. Wait, or ask an administrator.',
    exit: 1,
    status: 429,
    attribution: 'configuration',
    actions: [],
  },
  too_many_tests: {
    message: 'Too many tests: you can send {limit} alert tests per hour. Send the next one in {wait}.',
    exit: 1,
    status: 429,
    attribution: 'configuration',
    actions: [],
  },
  access_denied: {
    message: 'Access denied: {detail}',
    exit: 1,
    status: 403,
    attribution: 'configuration',
    actions: [],
  },
  not_found: {
    message: 'Not found: there is no {what}.',
    exit: 1,
    status: 404,
    attribution: 'configuration',
    actions: [],
  },
  wrong_host: {
    message:
      'Wrong host: this server does not answer to the name in the address. Open it at its own address, or set ROLLCALL_PUBLIC_URL to the address that people use.',
    exit: 1,
    status: 421,
    attribution: 'configuration',
    actions: [],
  },
  name_taken: {
    message: 'Name taken: {detail}',
    exit: 1,
    status: 409,
    attribution: 'configuration',
    actions: [],
  },
  in_use: {
    message: 'In use: {what} is used by {users}. Remove it there first.',
    exit: 1,
    status: 409,
    attribution: 'configuration',
    actions: [],
  },
  changed_meanwhile: {
    message:
      'Changed meanwhile: someone else saved {what} after you opened it. Their changes are kept. Reload it and make your changes again.',
    exit: 1,
    status: 409,
    attribution: 'configuration',
    actions: [],
  },
  request_invalid: {
    message: 'Request not valid: {detail}',
    exit: 2,
    status: 400,
    attribution: 'configuration',
    actions: [],
  },
  request_too_large: {
    message: 'Request too large: it holds more than {limit} bytes (limit {name}).',
    exit: 2,
    status: 413,
    attribution: 'configuration',
    actions: [],
  },
  wrong_usage: {
    message: '{detail}',
    exit: 2,
    status: 400,
    attribution: 'configuration',
    actions: [],
  },
  internal_error: {
    message:
      'A defect in Rollcall stopped this: {detail}. Nothing is lost. Run again, and report it if it happens again.',
    exit: 1,
    status: 500,
    attribution: 'platform',
    actions: [...RERUN],
  },
} as const satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof errorCatalogue

/** Values for the placeholders of a message and its steps. */
export type ErrorData = Readonly<Record<string, string | number>>

const formatter = new Intl.NumberFormat('en-US')

/**
 * Puts values into the `{placeholders}` of a catalogue text; numbers are formatted. One without a value, as in what was stored before
 * there was such a value, is left out with the marks around it.
 */
export function fill(text: string, data: ErrorData): string {
  const kept = text.replaceAll(/ ?["(]?\{(\w+)\}[")]?/g, (whole, name: string) =>
    data[name] === undefined ? '' : whole,
  )
  return (kept === text ? text : kept.trim().replace(/[:,]$/, '.')).replaceAll(
    /\{(\w+)\}/g,
    (_, name: string) => {
      const value = data[name] ?? ''
      return typeof value === 'number' ? formatter.format(value) : value
    },
  )
}
