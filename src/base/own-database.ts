/** What tells Rollcall's own database from every other. */
export interface OwnDatabase {
  /** A text that only this database holds, where every role can read it. A copy of the database holds it too. */
  readonly marker: string
  /** The role that Rollcall uses. */
  readonly role: string
  /** The identifier of the whole server; null when Rollcall may not ask for it. */
  readonly systemId: string | null
  /** Others may have databases on the same server. */
  readonly isShared: boolean
}
