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
  batchesInFlight: { default: 8, min: 1, max: 32, about: 'requests with members sent at the same time' },
  writesPerMinute: {
    default: 400,
    min: 1,
    max: 100_000,
    about: 'write calls per minute, for each credential and ad account',
  },
  readsPerMinute: {
    default: 1000,
    min: 1,
    max: 100_000,
    about: 'read calls per minute, for each credential and ad account',
  },
  requestTimeoutMs: {
    default: 60_000,
    min: 50,
    max: 10 * MINUTE_MS,
    about: 'wait for one answer from Pinterest',
  },
  retryBackoffMs: {
    default: 500,
    min: 1,
    max: MINUTE_MS,
    about: 'first pause before a request is retried; doubles each time',
  },
  retryForMs: {
    default: MINUTE_MS,
    min: 0,
    max: 60 * MINUTE_MS,
    about: 'how long a request is retried before its task gives up',
  },
  taskWaitMs: {
    default: 10 * MINUTE_MS,
    min: 1,
    max: 24 * 60 * MINUTE_MS,
    about: 'pause before a failed task is retried automatically',
  },
  taskWaitForMs: {
    default: 120 * MINUTE_MS,
    min: 0,
    max: 7 * 24 * 60 * MINUTE_MS,
    about: 'how long a failed task is retried automatically before the workflow fails',
  },
  tokenRenewBeforeMs: {
    default: 60 * MINUTE_MS,
    min: 0,
    max: 30 * 24 * 60 * MINUTE_MS,
    about: 'how long before it expires an access token is renewed',
  },
  removalPercentMax: {
    default: 50,
    min: 0,
    max: 100,
    about: 'removals above this percentage of the list need approval',
  },
  additionPercentMax: {
    default: 200,
    min: 0,
    max: 1_000_000,
    about: 'additions above this percentage of the list need approval',
  },
  additionMembersMin: {
    default: 1_000,
    min: 0,
    max: 1_000_000_000,
    about: 'additionPercentMax applies to lists with at least this many members',
  },
  audienceMembersMin: {
    default: 100,
    min: 1,
    max: 1_000_000,
    about: 'members a list needs before Rollcall creates an audience from it',
  },
  listNameCharsMax: { default: 255, min: 1, max: 10_000, about: 'longest name of a customer list' },
  sourceConnectMs: {
    default: 20_000,
    min: 100,
    max: 10 * MINUTE_MS,
    about: 'wait for the connection to a source database',
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
    about: 'how long files are searched for a sample of the members to be added, shown with a change',
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
    about: 'names that the braces of one file pattern may expand to',
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
    about: 'wait for a lock whose holder is about to end',
  },
  removalCountMax: {
    default: 1_000_000_000,
    min: 0,
    max: 1_000_000_000,
    about: 'more removals than this need approval, whatever the percentage',
  },
  startLateMs: {
    default: HOUR_MS,
    min: MINUTE_MS,
    max: 30 * DAY_MS,
    about: 'a scheduled run that no worker started within this time is skipped',
  },
  workflowsAtOnce: { default: 2, min: 1, max: 64, about: 'workflows that one worker runs at a time' },
  takeoverMs: {
    default: 12_000,
    min: 3_000,
    max: 10 * MINUTE_MS,
    about: 'another worker takes over after a worker has been silent for this long',
  },
  lostProcessesMax: {
    default: 5,
    min: 1,
    max: 1_000,
    about: 'processes in a row that a workflow may lose without progress before it fails',
  },
  refreshRenewBeforeMs: {
    default: 14 * DAY_MS,
    min: HOUR_MS,
    max: 365 * DAY_MS,
    about: 'how long before it expires a refresh token is renewed',
  },
  refreshWarnBeforeMs: {
    default: 7 * DAY_MS,
    min: HOUR_MS,
    max: 365 * DAY_MS,
    about: 'how long before a refresh token expires you are warned that it could not be renewed',
  },
  validateForMs: {
    default: 10_000,
    min: 0,
    max: 10 * MINUTE_MS,
    about: 'how long calls to Pinterest are retried while a person waits for a check',
  },
  previewRowsMax: { default: 100, min: 1, max: 1_000, about: 'rows that a query preview shows' },
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
    about: 'memory of the process that runs a query over files; at least rowsMemoryBytesMax plus 256 MiB',
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
    about: 'largest body of an API request',
  },
  configurationBytesMax: {
    default: 64 * 2 ** 20,
    min: 1024,
    max: 2 ** 30,
    about: 'largest configuration that you can plan or apply',
  },
  pageRowsMax: { default: 200, min: 1, max: 1_000, about: 'rows on one page of an API list' },
  streamPingMs: {
    default: 20_000,
    min: 10,
    max: 10 * MINUTE_MS,
    about: 'keep-alive interval of event streams, and how soon a stream ends once its reader loses access',
  },
  nameCharsMax: { default: 255, min: 8, max: 1_000, about: 'longest name of a configured object' },
  sessionMs: { default: 12 * HOUR_MS, min: MINUTE_MS, max: 90 * DAY_MS, about: 'how long a sign-in lasts' },
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
    about: 'how long sign-in stays blocked after too many wrong passwords',
  },
  apiKeyGraceMs: {
    default: 30 * DAY_MS,
    min: 0,
    max: 365 * DAY_MS,
    about: 'how long the previous token of an API key works after a rotation',
  },
  idempotencyKeepMs: {
    default: DAY_MS,
    min: MINUTE_MS,
    max: 30 * DAY_MS,
    about: 'how long the answer to a request with an Idempotency-Key is kept',
  },
  rejectsKeepMs: {
    default: 30 * DAY_MS,
    min: HOUR_MS,
    max: 3650 * DAY_MS,
    about: 'how long the masked rejects of a workflow can be downloaded',
  },
  receiptsKeepMs: {
    default: 730 * DAY_MS,
    min: DAY_MS,
    max: 3650 * DAY_MS,
    about: 'how long the receipts of a workflow are kept after its end; their digest is kept for ever',
  },
  notificationKeepMs: {
    default: 90 * DAY_MS,
    min: HOUR_MS,
    max: 3650 * DAY_MS,
    about: 'how long a notification is kept after its last change',
  },
  alertTimeoutMs: {
    default: 10_000,
    min: 50,
    max: 10 * MINUTE_MS,
    about: 'wait for the receiver of a webhook; three times as long for mail servers',
  },
  alertTestsPerHourMax: {
    default: 20,
    min: 1,
    max: 10_000,
    about: 'alert tests that one person can send per hour',
  },
  alertRetries: { default: 5, min: 0, max: 100, about: 'retries of an alert that could not be delivered' },
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
