import type { z } from 'zod'
import type { Limits } from '../base/limits.ts'
import type { SourceAccess } from './access.ts'
import type { Preview, SourceTable } from './preview.ts'
import type { FoundFile, StreamRows } from './source.ts'

/**
 * What a type of data source says of itself. The API, the configuration document, the command line and the console are made from it:
 * a type is a folder beside this file whose `source-type.ts` exports one such object as `sourceType`. Whatever it does not declare as
 * shown is secret.
 */
export type SourceType = FilesType | DatabaseType

/** The values of a data source's fields, by their names. */
export type Settings = Readonly<Record<string, unknown>>

/** What declares its settings: a type of data source, or a kind of destination. */
export interface Declared {
  /** Its `kind` in the API and in a configuration. */
  readonly kind: string
  /** "PostgreSQL database". */
  readonly title: string
  /** Settings by their names, in the order in which a person fills them in. */
  readonly fields: Readonly<Record<string, Field>>
  /** What anyone may read besides the settings that are shown, by name. */
  readonly facts?: Readonly<Record<string, { readonly label: string }>>
}

interface CommonType extends Declared {
  /** What anyone may read of the secret settings, by name, such as the host of an address. */
  readonly facts?: Readonly<Record<string, Fact>>
  /** What anyone may read of where the rows of a run come from, such as names of files; nothing without it. */
  places?(settings: Settings): readonly string[]
  /** How a person names such a source on the command line; null for a type that is configured only. */
  readonly typed?: Typed
  /** Refuses settings before they are saved whose source may not be read. Error: `source_not_found`. */
  check?(reading: Pick<Reading, 'settings' | 'access'>): Promise<void>
}

export interface Field {
  /** Takes a text, several texts, or a boolean, which stands for false where it is left out. It may be optional. */
  readonly schema: z.ZodType<string | readonly string[] | boolean | undefined>
  readonly label: string
  /** What it is, in a phrase for the API, the command line and the form. */
  readonly about: string
  /** In the form, in place of `about`: whole sentences. */
  readonly hint?: string
  /** What the form says while it is empty or does not match. */
  readonly ask?: string
  /** What a text of the form must match, as a regular expression, which finds a slip before it is sent. */
  readonly pattern?: string
  /** Anyone who may view data sources may read it. A field without this is secret: it is sealed, and never shown again. */
  readonly isShown?: true
  /** What the form offers for it, besides what is typed: the ad accounts that the credential reaches. */
  readonly offers?: 'ad_accounts'
  /** What is wrong with a value, to go on with after the field's name. It quotes nothing of a secret. */
  problemOf?(value: never): string | null
}

export interface Fact {
  readonly label: string
  of(settings: Settings): string
}

export interface Typed {
  /** "a postgres:// address" */
  readonly form: string
  takes(text: string): boolean
  /** Several may be named at once. */
  readonly takesMany?: true
  /** The settings that such texts stand for; relative paths start from `cwd`. */
  settings(from: readonly string[], cwd: string): Settings
}

/** What every way of reading gets. An abort of the signal ends it with its reason. */
export interface Reading<S = Settings> {
  readonly settings: S
  readonly access: SourceAccess
  readonly limits: Limits
  readonly signal: AbortSignal
}

/** What is read, and where its addresses are. */
export interface Asked {
  /** SQL in the type's own dialect; null when none is given. */
  readonly query: string | null
  readonly emailColumn: string
}

/** A type whose rows lie in files. The engine reads them, and runs queries over them. */
export interface FilesType extends CommonType {
  readonly reads: 'files'
  /** The files as they are now, each once, called as people know them. Error: `source_not_found`. */
  find(reading: Reading): Promise<readonly FoundFile[]>
}

/**
 * A type that runs queries itself and hands out rows. Each of these throws `source_not_found` or `source_refused` where it cannot be
 * reached, and `query_failed` with a text that never quotes a row. Client libraries are loaded when one of these is called.
 */
export interface DatabaseType extends CommonType {
  readonly reads: 'rows'
  /** Finds the e-mail column without running the query. `description` is for logs: no user, password or query. */
  open(reading: Reading & Asked): Promise<{ readonly rows: StreamRows; readonly description: string }>
  /** The first rows. The preview says if the e-mail column is missing. */
  preview(reading: Reading & Asked & { readonly rowsMax: number }): Promise<Omit<Preview, 'seconds'>>
  /** Finds out whether the query can be run, without running it. Further error: `missing_email_column`. */
  probe(reading: Reading & Asked): Promise<void>
  count(reading: Reading & Asked): Promise<number>
  /** What a query may read. */
  tables(reading: Reading): Promise<SourceTable[]>
}
