import { RollcallError } from '../base/rollcall-error.ts'
import { PinterestError } from './errors.ts'
import { refreshTokens } from './oauth.ts'
import type { TokenEndpoint } from './oauth.ts'
import type { Tokens, TokenVault } from './types.ts'

/** The access token of one credential, renewed when it is due or dead. */
export interface AccessToken {
  /** A token that is thought to be alive. */
  get(): Promise<string>
  /** A token other than the one that Pinterest refused: someone else's newer one, or a new one. */
  replace(refused: string): Promise<string>
  /** Exchanges the refresh token now, whether it is due or not. */
  renewNow(): Promise<void>
}

/** After an early renewal failed and the token still lives. */
const EARLY_RENEWAL_PAUSE_MS = 60_000

interface Held {
  readonly token: string
  readonly renewAtMs: number
}

/**
 * Reads tokens from the vault and renews them there. The vault lets one process renew at a time and stores the new
 * tokens before they are used; here, calls at the same time share one renewal.
 */
export function createAccessToken(vault: TokenVault, endpoint: TokenEndpoint): AccessToken {
  const { tokenRenewBeforeMs } = endpoint.pace.limits
  let held: Held | null = null
  let underWay: Promise<string> | null = null

  const hold = (tokens: Tokens, renewAtMs: number): string => {
    if (tokens.accessToken === null)
      throw new RollcallError('internal_error', { detail: 'no access token stored' })
    held = { token: tokens.accessToken, renewAtMs }
    return held.token
  }

  const renew = async (mustReplace: (current: Tokens) => boolean): Promise<string> => {
    const tokens = await vault.renew(async (current) =>
      mustReplace(current) ? await refreshTokens(endpoint, current) : current,
    )
    // A token that lives shorter than the early renewal must not be renewed on every call.
    const lifeMs = expiryMs(tokens) - Date.now()
    return hold(tokens, expiryMs(tokens) - Math.min(tokenRenewBeforeMs, lifeMs / 2))
  }

  const readOrRenew = async (): Promise<string> => {
    const tokens = await vault.read()
    const renewAtMs = expiryMs(tokens) - tokenRenewBeforeMs
    if (Date.now() < renewAtMs) return hold(tokens, renewAtMs)
    try {
      return await renew((current) => current.accessToken === tokens.accessToken || isExpired(current))
    } catch (error) {
      // Renewing early may fail for a while without harm.
      if (!(error instanceof PinterestError && error.passing) || isExpired(tokens)) throw error
      return hold(tokens, Date.now() + EARLY_RENEWAL_PAUSE_MS)
    }
  }

  const once = async (work: () => Promise<string>): Promise<string> => {
    underWay ??= work().finally(() => {
      underWay = null
    })
    return await underWay
  }

  return {
    get: async () => (held !== null && Date.now() < held.renewAtMs ? held.token : await once(readOrRenew)),
    replace: async (refused) => {
      if (held !== null && held.token !== refused) return held.token
      const renewRefused = (): Promise<string> =>
        once(() => renew((current) => current.accessToken === null || current.accessToken === refused))
      const token = await renewRefused()
      // What was under way may have been a mere read that found the same token.
      return token === refused ? await renewRefused() : token
    },
    renewNow: async () => {
      await renew(() => true)
    },
  }
}

function isExpired(tokens: Tokens): boolean {
  return expiryMs(tokens) <= Date.now()
}

/** Without a known expiry a token counts as alive until Pinterest refuses it. */
function expiryMs(tokens: Tokens): number {
  return tokens.accessToken === null ? 0 : (tokens.accessExpiresAt?.getTime() ?? Number.POSITIVE_INFINITY)
}
