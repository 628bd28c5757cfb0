import type { OwnDatabase } from '../base/own-database.ts'
import { mayName } from './rules.ts'
import type { SourceRules } from './rules.ts'

/** How sources may be reached, no matter who configured them. */
export interface SourceAccess {
  /** Rollcall's own database, which is never read from; null where there is none. */
  readonly own: OwnDatabase | null
  /**
   * Whether a driver may complete an address from the variables and the password file of this process. On the command line they are
   * those of the person who wrote the address; in a service they are not.
   */
  readonly environment: boolean
  /**
   * Whether a file that an address names, such as a certificate, may be read; null for any. What it refuses is answered as what is not
   * there, so that no address tells which files a machine has.
   */
  readonly mayRead: ((file: string) => Promise<boolean>) | null
  /** Which files may be read as a source; without them any. */
  readonly rules?: SourceRules
}

/** For what has none of these. */
export const plainAccess: SourceAccess = { own: null, environment: false, mayRead: null }

/** The access of a process: `isPersonal` says that it serves the person at this command line alone. */
export function accessOf(options: {
  readonly own: OwnDatabase | null
  readonly rules: SourceRules
  readonly isPersonal: boolean
}): SourceAccess {
  const { own, rules, isPersonal } = options
  const mayRead = isPersonal ? null : (file: string) => mayName(file, rules)
  return { own, environment: isPersonal, mayRead, rules }
}
