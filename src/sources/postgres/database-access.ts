import type { OwnDatabase } from '../../base/own-database.ts'

/** How data sources that are databases may be reached. */
export interface DatabaseAccess {
  /** Rollcall's own database, which is never read from; null where there is none. */
  readonly own: OwnDatabase | null
  /**
   * Whether the driver may complete an address from the `PG*` variables and the password file of this process. On the command line
   * they are those of the person who wrote the address; in a service they are not.
   */
  readonly environment: boolean
  /**
   * Whether a file that an address names, such as a certificate, may be read; null for any. What it refuses is answered as what is not
   * there, so that no address tells which files a machine has.
   */
  readonly mayRead: ((file: string) => Promise<boolean>) | null
}

/** For what has none of these. */
export const plainAccess: DatabaseAccess = { own: null, environment: false, mayRead: null }
