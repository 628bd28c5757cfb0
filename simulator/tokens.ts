import { randomBytes } from 'node:crypto'
import { unauthenticated } from './errors.ts'
import { DEMO_APP } from './options.ts'
import { SENTINEL_TOKENS } from './sentinels.ts'
import type { Clock } from './clock.ts'
import type { Settings } from './options.ts'

interface AccessToken {
  readonly expiresMs: number
  readonly scope: string
  /** The refresh token issued with it. */
  readonly refreshToken: string | null
}

interface RefreshToken {
  readonly expiresMs: number
  readonly scope: string
  /** The token it was exchanged from. */
  readonly previous: string | null
}

export interface Issued {
  readonly accessToken: string
  readonly refreshToken: string
  readonly scope: string
  readonly refreshExpiresMs: number
}

/** What a state file keeps of the tokens. */
export interface TokenDump {
  readonly access: Map<string, AccessToken>
  readonly refresh: Map<string, RefreshToken>
}

/** The tokens in circulation. Refresh tokens change at every exchange. */
export class Tokens {
  #access = new Map<string, AccessToken>()
  #refresh = new Map<string, RefreshToken>()
  readonly #clock: Clock
  readonly #settings: Settings

  constructor(clock: Clock, settings: Settings) {
    this.#clock = clock
    this.#settings = settings
    this.reset()
  }

  reset(): void {
    const { scope } = this.#settings
    this.#access.clear()
    this.#refresh.clear()
    const expiresMs = this.#clock.now() + this.#settings.refreshTokenMs
    this.#refresh.set(DEMO_APP.refreshToken, { expiresMs, scope, previous: null })
    this.#refresh.set(SENTINEL_TOKENS.readOnly, { expiresMs, scope: 'ads:read', previous: null })
  }

  /** A first pair, as after a user's consent. */
  issue(scope = this.#settings.scope, previous: string | null = null): Issued {
    const nowMs = this.#clock.now()
    const accessToken = `pina_${randomBytes(36).toString('base64url')}`
    const refreshToken = `pinr.${randomBytes(48).toString('base64url')}`
    const refreshExpiresMs = nowMs + this.#settings.refreshTokenMs
    this.#access.set(accessToken, { expiresMs: nowMs + this.#settings.accessTokenMs, scope, refreshToken })
    this.#refresh.set(refreshToken, { expiresMs: refreshExpiresMs, scope, previous })
    return { accessToken, refreshToken, scope, refreshExpiresMs }
  }

  /** A new pair for a refresh token. */
  exchange(refreshToken: string): Issued {
    const known = this.#refresh.get(refreshToken)
    if (known === undefined || known.expiresMs <= this.#clock.now()) throw unauthenticated()
    this.#isInUse(refreshToken)
    const issued = this.issue(known.scope, refreshToken)
    if (this.#settings.previousRefreshToken === 'dies-at-once') this.#refresh.delete(refreshToken)
    return issued
  }

  /** The scopes of a living access token. */
  check(accessToken: string): string[] {
    const known = this.#access.get(accessToken)
    if (known === undefined || known.expiresMs <= this.#clock.now()) throw unauthenticated()
    if (known.refreshToken !== null) this.#isInUse(known.refreshToken)
    return known.scope.split(' ')
  }

  expireAccess(accessToken?: string): void {
    if (accessToken === undefined) this.#access.clear()
    else this.#access.delete(accessToken)
  }

  /** As when the user takes the app's access away. */
  revokeAll(): void {
    this.#access.clear()
    this.#refresh.clear()
  }

  dump(): TokenDump {
    return { access: this.#access, refresh: this.#refresh }
  }

  load(dump: TokenDump): void {
    this.#access = dump.access
    this.#refresh = dump.refresh
  }

  /** A client that uses a token or the access token that came with it has stored it: its predecessor is done with. */
  #isInUse(refreshToken: string): void {
    if (this.#settings.previousRefreshToken !== 'valid-until-new-is-used') return
    const previous = this.#refresh.get(refreshToken)?.previous
    if (typeof previous === 'string') this.#refresh.delete(previous)
  }
}
