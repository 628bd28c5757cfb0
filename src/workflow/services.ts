import type { Sealer } from '../access/seal.ts'
import type { Limits } from '../base/limits.ts'
import type { Engine } from '../engines/contract.ts'
import type { PinterestClient } from '../pinterest/client.ts'
import type { MayGoOn } from '../pinterest/transport.ts'
import type { RequestCounts } from '../pinterest/types.ts'
import type { SourceRules } from '../sources/rules.ts'
import type { Home } from '../store/home.ts'
import type { Store } from '../store/store.ts'

/** What workflows of any kind stand on. Made by `platform/open.ts`. */
export interface Services {
  readonly home: Home
  readonly sourceRules: SourceRules
  readonly limits: Limits
  readonly store: Store
  readonly sealer: Sealer
  readonly engine: Engine
  readonly isPersonal: boolean
  readonly counts: RequestCounts
  /**
   * The client of one run, opened at first use, so that a source can be checked before a credential is needed. It keeps to the
   * run's own limits where it has some. `mayGoOn` is awaited before each of its requests.
   */
  readonly pinterest: (
    signal: AbortSignal,
    run?: { readonly mayGoOn?: MayGoOn; readonly limits?: Limits },
  ) => Promise<PinterestClient>
  readonly close: () => Promise<void>
}
