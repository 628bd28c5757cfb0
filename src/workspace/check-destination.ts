import { destinationKindOf } from '../destinations/registry.ts'
import type { Checked } from '../destinations/contract.ts'
import type { WantedDestination } from '../destinations/schemas.ts'
import { settingsIn } from '../sources/settings.ts'
import { credentialRow, withPinterest } from './credentials.ts'
import { requireValid } from './kept-settings.ts'
import type { Tenant } from './tenant.ts'

/**
 * Checks a destination in the way of its kind, with its credential, and saves nothing. Errors: `DestinationRefused` with the catalogue's
 * code, `request_invalid`, `not_found`.
 */
export async function checkDestination(
  tenant: Tenant,
  wanted: WantedDestination,
  signal: AbortSignal,
): Promise<Checked> {
  const kind = destinationKindOf(wanted.kind)
  const settings = settingsIn(kind, wanted)
  requireValid(kind, settings)
  const credential = await credentialRow(tenant.db, wanted.credentialId)
  return kind.check({
    settings,
    credential: credential.name,
    withPinterest: (work) =>
      withPinterest(tenant, credential, signal, async (services) => work(await services.pinterest(signal))),
    signal,
  })
}
