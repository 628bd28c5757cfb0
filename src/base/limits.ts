/**
 * Every limit Rollcall keeps, by name. Each can be set in `settings.json` of the data folder;
 * units stand at the end of the names.
 */

interface Limit {
  readonly default: number
  readonly min: number
  readonly max: number
  readonly about: string
}

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

export const limitDefinitions = {
  batchSize: { default: 10_000, min: 1, max: 100_000, about: 'members in one request to Pinterest' },
  batchesInFlight: { default: 8, min: 1, max: 32, about: 'requests with members under way at once' },
  writesPerMinute: {
    default: 400,
    min: 1,
    max: 100_000,
    about: 'calls that change something, per credential and ad account',
  },
  readsPerMinute: {
    default: 1000,
    min: 1,
    max: 100_000,
    about: 'calls that only read, per credential and ad account',
  },
  requestTimeoutMs: {
    default: 60_000,
    min: 50,
    max: 10 * MINUTE_MS,
    about: 'wait for one answer of Pinterest',
  },
  retryBackoffMs: {
    default: 500,
    min: 1,
    max: MINUTE_MS,
    about: 'first pause before a request is tried again; doubles each time',
  },
  retryForMs: {
    default: MINUTE_MS,
    min: 0,
    max: 60 * MINUTE_MS,
    about: 'time a single request is tried again before its task gives up',
  },
  taskWaitMs: {
    default: 10 * MINUTE_MS,
    min: 1,
    max: 24 * 60 * MINUTE_MS,
    about: 'pause before a failed task is tried again (with --wait)',
  },
  taskWaitForMs: {
    default: 120 * MINUTE_MS,
    min: 0,
    max: 7 * 24 * 60 * MINUTE_MS,
    about: 'time a failed task is tried again before the workflow fails (with --wait)',
  },
  tokenRenewBeforeMs: {
    default: 60 * MINUTE_MS,
    min: 0,
    max: 30 * 24 * 60 * MINUTE_MS,
    about: 'access tokens are renewed this long before they expire',
  },
  removalPercentMax: {
    default: 50,
    min: 0,
    max: 100,
    about: 'a larger share of removals waits for a person',
  },
  additionPercentMax: {
    default: 200,
    min: 0,
    max: 1_000_000,
    about: 'more additions than this share of the list wait for a person',
  },
  additionMembersMin: {
    default: 1_000,
    min: 0,
    max: 1_000_000_000,
    about: 'members from which on a list is held against additionPercentMax',
  },
  audienceMembersMin: {
    default: 100,
    min: 1,
    max: 1_000_000,
    about: 'members a list needs before an audience is made from it',
  },
  listNameCharsMax: { default: 255, min: 1, max: 10_000, about: 'longest name of a customer list' },
  sourceConnectMs: {
    default: 20_000,
    min: 100,
    max: 10 * MINUTE_MS,
    about: 'wait for the connection to a database with rows',
  },
  queryTimeoutMs: {
    default: 60 * MINUTE_MS,
    min: 100,
    max: 24 * 60 * MINUTE_MS,
    about: 'longest run of a query, in a database or over files',
  },
  sampleSearchMs: {
    default: 2_000,
    min: 1,
    max: HOUR_MS,
    about: 'time that files are searched for a few of the members to be added, which are shown with a change',
  },
  rowsMemoryBytesMax: {
    default: 160 * 2 ** 20,
    min: 64 * 2 ** 20,
    max: 2 ** 40,
    about: 'memory of the embedded row engine',
  },
  rowsThreads: { default: 2, min: 1, max: 256, about: 'threads of the embedded row engine' },
  fieldBytesMax: { default: 2 * 2 ** 20, min: 1024, max: 2 ** 30, about: 'longest line of a text file' },
  patternNamesMax: {
    default: 1_000,
    min: 1,
    max: 100_000,
    about: 'names that the braces of one file pattern may stand for',
  },
  sourceNamesMax: {
    default: 10_000,
    min: 1,
    max: 1_000_000,
    about: 'names that the braces of all file patterns of a source may stand for',
  },
  lockWaitMs: {
    default: 2_000,
    min: 0,
    max: MINUTE_MS,
    about: 'wait for a lock whose holder is just ending',
  },
  removalCountMax: {
    default: 1_000_000_000,
    min: 0,
    max: 1_000_000_000,
    about: 'more removals than this wait for a person, whatever their share',
  },
  workflowsAtOnce: { default: 2, min: 1, max: 64, about: 'workflows that one worker runs at a time' },
  takeoverMs: {
    default: 12_000,
    min: 3_000,
    max: 10 * MINUTE_MS,
    about: 'silence of a worker after which another takes its workflow over',
  },
  lostProcessesMax: {
    default: 5,
    min: 1,
    max: 1_000,
    about: 'processes in a row that may be lost while they run a workflow, without progress, before it fails',
  },
  refreshRenewBeforeMs: {
    default: 14 * DAY_MS,
    min: HOUR_MS,
    max: 365 * DAY_MS,
    about: 'refresh tokens are renewed this long before they expire',
  },
  refreshWarnBeforeMs: {
    default: 7 * DAY_MS,
    min: HOUR_MS,
    max: 365 * DAY_MS,
    about: 'a refresh token that could not be renewed is warned of this long before it expires',
  },
  validateForMs: {
    default: 10_000,
    min: 0,
    max: 10 * MINUTE_MS,
    about: 'time that calls to Pinterest are tried again while a person waits for a check',
  },
  previewRowsMax: { default: 100, min: 1, max: 1_000, about: 'rows that a preview of a query shows' },
  previewTimeoutMs: {
    default: MINUTE_MS,
    min: 100,
    max: HOUR_MS,
    about: 'longest run of a preview or a row count that a person waits for',
  },
  queriesAtOnceMax: {
    default: 4,
    min: 1,
    max: 64,
    about: 'previews and row counts that one server runs at once; more wait their turn',
  },
  queriesAtOncePerPersonMax: {
    default: 2,
    min: 1,
    max: 64,
    about: 'previews and row counts that one person runs at once; more wait their turn',
  },
  queryMemoryBytesMax: {
    default: 512 * 2 ** 20,
    min: 320 * 2 ** 20,
    max: 2 ** 40,
    about:
      'memory of the process that runs a query over files; 256 MiB more than rowsMemoryBytesMax if that is larger',
  },
  queryNodesMax: {
    default: 10_000,
    min: 100,
    max: 1_000_000,
    about: 'terms, columns and operators of a query over files',
  },
  requestBytesMax: {
    default: 2 ** 20,
    min: 1024,
    max: 2 ** 28,
    about: 'largest body of a request to the API',
  },
  configurationBytesMax: {
    default: 64 * 2 ** 20,
    min: 1024,
    max: 2 ** 30,
    about: 'largest configuration that is planned or applied',
  },
  pageRowsMax: { default: 200, min: 1, max: 1_000, about: 'rows on one page of a list of the API' },
  streamPingMs: {
    default: 20_000,
    min: 10,
    max: 10 * MINUTE_MS,
    about:
      'a stream of events says this often that it lives, and ends when its reader may not read it any more',
  },
  nameCharsMax: { default: 255, min: 8, max: 1_000, about: 'longest name of a configured object' },
  sessionMs: { default: 12 * HOUR_MS, min: MINUTE_MS, max: 90 * DAY_MS, about: 'a sign-in lasts this long' },
  sessionIdleMs: {
    default: 2 * HOUR_MS,
    min: MINUTE_MS,
    max: 90 * DAY_MS,
    about: 'a sign-in ends after this long without a request',
  },
  signInFailuresMax: {
    default: 8,
    min: 1,
    max: 1_000,
    about: 'wrong passwords for one address before sign-in is blocked',
  },
  signInBlockMs: {
    default: 15 * MINUTE_MS,
    min: 1_000,
    max: DAY_MS,
    about: 'time that sign-in stays blocked after too many wrong passwords',
  },
  apiKeyGraceMs: {
    default: 30 * DAY_MS,
    min: 0,
    max: 365 * DAY_MS,
    about: 'time that the former key still works after a rotation',
  },
  idempotencyKeepMs: {
    default: DAY_MS,
    min: MINUTE_MS,
    max: 30 * DAY_MS,
    about: 'time that the answer to a request with an Idempotency-Key is kept',
  },
  rejectsKeepMs: {
    default: 30 * DAY_MS,
    min: HOUR_MS,
    max: 3650 * DAY_MS,
    about: 'time that the masked rejects of a workflow can be downloaded',
  },
  notificationKeepMs: {
    default: 90 * DAY_MS,
    min: HOUR_MS,
    max: 3650 * DAY_MS,
    about: 'time that a notification is kept after its last change',
  },
  alertTimeoutMs: {
    default: 10_000,
    min: 50,
    max: 10 * MINUTE_MS,
    about: 'wait for the receiver of a webhook; mail servers have three times as long',
  },
  alertTestsPerHourMax: {
    default: 20,
    min: 1,
    max: 10_000,
    about: 'tests of alerts that one person may send in an hour',
  },
  alertRetries: { default: 5, min: 0, max: 100, about: 'tries of an alert whose delivery fails' },
  databaseStartMs: {
    default: 60_000,
    min: 1_000,
    max: 60 * MINUTE_MS,
    about: 'wait for the embedded database to start or recover',
  },
} as const satisfies Record<string, Limit>

export type LimitName = keyof typeof limitDefinitions
export type Limits = Readonly<Record<LimitName, number>>

/** The default of every limit. */
export const defaultLimits: Limits = Object.freeze(
  Object.fromEntries(Object.entries(limitDefinitions).map(([name, limit]) => [name, limit.default])),
) as Limits
