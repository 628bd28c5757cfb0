import type { FaultPlan } from './faults.ts'

/** What becomes of a refresh token once it was exchanged. Pinterest does not say. */
type PreviousRefreshToken = 'valid-until-new-is-used' | 'dies-at-once' | 'stays-valid'

export interface Limits {
  readonly readsPerMinute: number
  readonly writesPerMinute: number
}

/** How a simulator behaves. All optional; the defaults are for tests, `demoOptions` for people. */
export interface SimulatorOptions {
  /** 0, the default, takes a free one. */
  readonly port?: number
  /** Life of an access token. */
  readonly accessTokenMs?: number
  /** Life of a refresh token. */
  readonly refreshTokenMs?: number
  readonly previousRefreshToken?: PreviousRefreshToken
  /** Scopes of the first refresh token, joined by spaces. */
  readonly scope?: string
  /** From the last change of a list or audience until it is ready. */
  readonly latencyMs?: number
  /** Share of members that are Pinterest users, 0 to 1. */
  readonly matchRate?: number
  /**
   * Refuses what a careful client never sends: unknown members of a body, and records that are no lower-case e-mail, SHA-256, SHA-1
   * or MD5. Otherwise, as the real service, it does not look at the former, and counts the latter, which match no one.
   */
  readonly strict?: boolean
  /** Whether an audience can be made from a list of fewer than 100 matched users. */
  readonly tooSmallAudience?: 'refuse' | 'accept'
  /** A larger body gets 413. */
  readonly bodyBytesMax?: number
  /** More records in one call get 400. */
  readonly recordsPerCallMax?: number
  /** Both are answered by some version of the API. */
  readonly createStatus?: 200 | 201
  readonly limits?: Limits | 'off'
  readonly faults?: FaultPlan
  /** From the creation of a list until its time-bound sentinel strikes. */
  readonly sentinelAfterMs?: number
  /** Where the state is kept over restarts. Nowhere by default. */
  readonly stateFile?: string
}

export type Settings = Required<Omit<SimulatorOptions, 'port' | 'faults' | 'stateFile'>>

const DAY_MS = 24 * 60 * 60 * 1000

const ALL_SCOPES = 'ads:read ads:write catalogs:read catalogs:write user_accounts:read'

/** Lives as in the real service: 30 and 60 days. */
const defaultSettings: Settings = {
  accessTokenMs: 30 * DAY_MS,
  refreshTokenMs: 60 * DAY_MS,
  previousRefreshToken: 'valid-until-new-is-used',
  scope: ALL_SCOPES,
  latencyMs: 0,
  matchRate: 1,
  strict: false,
  tooSmallAudience: 'refuse',
  bodyBytesMax: 5_000_000,
  recordsPerCallMax: Number.POSITIVE_INFINITY,
  createStatus: 200,
  limits: { readsPerMinute: 1000, writesPerMinute: 400 },
  sentinelAfterMs: 10_000,
}

/** For a person who watches: a list takes some seconds to become ready. */
export const demoOptions: SimulatorOptions = { latencyMs: 4_000 }

export function settingsOf(options: SimulatorOptions): Settings {
  const { port: _port, faults: _faults, stateFile: _stateFile, ...rest } = options
  return { ...defaultSettings, ...rest }
}

/** The one app that the simulator knows, with the refresh token it starts with. No secrets: anyone may know them. */
export const DEMO_APP = {
  id: '1480001',
  secret: 'simulator-app-secret',
  refreshToken: 'pinr.simulator-first-refresh-token',
  /** Taken by `grant_type=authorization_code`, as often as wanted. */
  authorizationCode: 'simulator-authorization-code',
} as const
