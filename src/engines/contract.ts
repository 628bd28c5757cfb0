import type { Kysely } from 'kysely'
import type { InvalidReason } from '../members/email.ts'
import type { FoundForm } from '../members/hash-form.ts'
import type { SourceOptions } from '../sources/open-source.ts'
import type { FilesPreview, RowCount, SourceTable } from '../sources/preview.ts'
import type { Rows } from '../sources/source.ts'
import type { Tables } from '../store/schema.ts'

/**
 * What every engine promises. An engine applies the rules of membership to millions of rows, wherever these lie: it judges and hashes
 * addresses, keeps sets of hashes and compares them. It hands out references to what it keeps. Only the engine reads them; all others
 * store them as they are and give them back.
 *
 * Promises of all of it:
 * - A reference names the same for good: what it names is never changed, only deleted by `sweep`.
 * - A reference that a run hands out for good survives a loss of power, and every machine that uses this database can open it. So a
 *   reference may be stored as soon as it is there. Work that ends early leaves nothing under a reference.
 * - What is found to be other than it was kept is the error `ledger_damaged`, which names the list; it is never taken for other members.
 *   Before that, the engine makes it again from what else is known.
 * - Addresses are never kept, in no form but their hashes. Lists of invalid rows hold masked values.
 * - All engines give the same verdicts and the same hashes, to the byte. `test/engines/conformance` holds each of them to it.
 * - An abort of a `signal` ends the work with its reason.
 */
export interface Engine {
  /** Opens what one run of a list needs. The caller closes it. Touches nothing yet. */
  openRun(options: RunOptions): EngineRun
  /** Whether this process can still compare these staged rows. If not, they are read again. */
  hasStage(stage: StageRef): Promise<boolean>
  /**
   * Refuses a place for a list of invalid rows that cannot be written to or would cost another file, above all one of the `sources`.
   * Changes nothing. Error: `wrong_usage`.
   */
  checkRejects(path: string, sources: readonly string[]): Promise<void>
  /**
   * The first rows of a query with all its columns, as the person who writes it sees them. Holds no more of the result than it shows, and
   * ends after `limits.previewTimeoutMs`. A missing e-mail column is reported in the preview and is no error. Errors: `wrong_usage`,
   * `source_not_found`, `source_damaged`, `query_failed`, whose text never quotes a row.
   */
  preview(options: PreviewOptions): Promise<FilesPreview>
  /** How many rows a query has. As safe as a preview, and over as soon. Errors as with a preview. */
  countRows(options: LookOptions): Promise<RowCount>
  /**
   * Finds out whether a query can be run and where its addresses are, without running it. Error besides those of a preview:
   * `missing_email_column`.
   */
  probe(options: LookOptions): Promise<Probed>
  /** What a query may read, for completion in an editor; the query of the options does not matter. Errors as with a preview. */
  listTables(options: LookOptions): Promise<SourceTable[]>
  /**
   * Deletes what processes left here that were killed, and what this machine keeps of work that goes on elsewhere, if nothing has changed
   * in it for `ageMs` and the ledger does not name it. Of lists that the ledger does not know nothing is deleted.
   */
  sweepLeft(options: LeftOptions): Promise<void>
  close(): Promise<void>
}

/** The rows that one run has staged, and the sets and changes of its list. */
export interface EngineRun {
  /** Reads, checks and hashes all rows, and stages the hashes. Staging again replaces what the run staged before. */
  stage(options: StageOptions): Promise<Staged>
  /**
   * Dedupes the staged rows into a set and compares it with what Pinterest has been told:
   * `adds = desired − told` and `removes = (told ∪ unsure) − desired`. Needs the stage of this run, and leaves it.
   */
  compare(options: CompareOptions): Promise<Compared>
  /**
   * The hashes of one batch as a request takes them: lower-case hexadecimal digits, joined with commas. Adds and removes have an order of
   * their own each, which is the same whenever it is asked for; a batch is a range of it.
   */
  readBatch(change: Change, batch: BatchRange, work: Work): Promise<string>
  /**
   * What Pinterest has been told after a change of which only a part was sent, with CA, CR = confirmed adds and removes and UA, UR =
   * unanswered ones: `told' = (told ∪ CA) − CR − UR` and `unsure' = ((unsure − CA − CR) ∪ UA ∪ UR) − told'`. An unanswered remove leaves
   * *told*, since a member who comes back must then be added again.
   */
  fold(options: FoldOptions): Promise<Folded>
  /** Up to `count` of those a change adds, as masked addresses, found by reading the source again. May return fewer, even none. */
  sample(options: SampleOptions): Promise<string[]>
  /** Deletes staged rows that are no longer needed. */
  dropStage(stage: StageRef): Promise<void>
  /**
   * Deletes all sets and changes of this list that `kept` does not name, and all stages of its runs that are not among `stages`. Done
   * through the list's lock, so that a process that has lost it deletes nothing of the next holder's.
   */
  sweep(options: SweepOptions): Promise<void>
  /** Deletes what only an open run can use: all that a look made, and a stage that no later process may go on with. */
  close(): Promise<void>
}

declare const named: unique symbol

/** A text that an engine made and it alone understands. What it names is a part of its type. */
type Ref<Name extends string> = string & { readonly [named]: Name }

/** Staged rows, of one run. */
export type StageRef = Ref<'stage'>
/** A set of distinct hashes, of one list. */
export type SetRef = Ref<'set'>
/** Adds and removes, each in a stable order, of one list. */
export type ChangeRef = Ref<'change'>

/** A set, and how many members it has. An engine holds the set it finds against this number. */
export interface MemberSet {
  readonly ref: SetRef
  readonly members: number
}

/** What Pinterest has been told: confirmed members, and those whose answer was lost. Null for an empty set that was never kept. */
export interface Told {
  readonly told: MemberSet | null
  readonly unsure: MemberSet | null
}

/** A change with the sets that it is the difference of, from which an engine makes it again when it is damaged. */
export interface Change {
  readonly ref: ChangeRef
  readonly desired: MemberSet
  readonly before: Told
}

/** Members `first` to `first + count - 1` of one operation of a change. */
export interface BatchRange {
  readonly operation: 'add' | 'remove'
  readonly first: number
  readonly count: number
}

export interface RunOptions {
  /** What the sets and changes belong to. The name is for errors that people read. */
  readonly list: { readonly id: string; readonly name: string }
  /** Of the run; one that goes on in another process has the same. */
  readonly id: string
  /** The database through the list's lock. Null for a look: it takes no lock, keeps nothing for good, and deletes nothing of others. */
  readonly lock: Kysely<Tables> | null
}

/** What all work with sets and changes gets. */
export interface Work {
  readonly signal: AbortSignal
  /** Called with a sentence for everything that was damaged and is whole again. */
  readonly onMended?: (text: string) => Promise<void>
}

export interface StageOptions {
  /** Where the rows are. Nothing of them was read; an engine that works where they lie never reads them here. */
  readonly rows: Rows
  /** The column holds SHA-256 hashes, not addresses. */
  readonly hashed: boolean
  /** Stages only so many members, the lowest of all distinct hashes: a sample. Null for all. Counts are of all rows. */
  readonly membersMax: number | null
  /**
   * The file in which a person wants the invalid rows listed as CSV (`file,row,result_row,reason,value` with masked values), or null. It appears
   * whole or not at all; without invalid rows, that of an earlier run is removed.
   */
  readonly rejectsFile: string | null
  readonly signal: AbortSignal
  /** Share of the source read so far, 0 to 1; null when unknown. */
  readonly onProgress: (progress: { readonly rows: number; readonly share: number | null }) => void
}

/** The verdicts on the rows of a source. */
export interface Prepared {
  readonly received: number
  readonly invalid: number
  readonly invalidByReason: Readonly<Partial<Record<InvalidReason, number>>>
  /** What stands where something else was to be: hashes instead of addresses, or the other way round. */
  readonly foundForms?: Readonly<Partial<Record<FoundForm, number>>>
  /** Valid rows, duplicates included. */
  readonly valid: number
  /** Parts of the query that choose members by the order of rows, which files do not give; without any, it is left out. */
  readonly byOrder?: readonly string[]
  /** Members in the query, when only a sample of them is staged. */
  readonly distinct?: number
}

export interface Staged extends Prepared {
  readonly stage: StageRef
}

export interface CompareOptions extends Work {
  readonly stage: StageRef
  readonly before: Told
  readonly onProgress: (progress: { readonly share: number }) => void
}

/** How a query's members differ from what Pinterest has been told. */
export interface ComparedCounts {
  readonly members: number
  readonly duplicates: number
  readonly added: number
  readonly removed: number
  readonly unchanged: number
}

export interface Compared extends ComparedCounts {
  /** The query's members: what Pinterest has been told once all of the change is confirmed. */
  readonly desired: SetRef
  readonly change: ChangeRef
}

export interface FoldOptions extends Work {
  readonly change: Change
  readonly confirmed: readonly BatchRange[]
  /** Sent, but the answer was lost. */
  readonly unanswered: readonly BatchRange[]
}

export interface Folded {
  readonly told: MemberSet
  readonly unsure: MemberSet
}

export interface SampleOptions extends Work {
  readonly rows: Rows
  readonly hashed: boolean
  readonly change: Change
  readonly count: number
}

/** References of one list that are stored somewhere. */
export interface Kept {
  readonly sets: readonly SetRef[]
  readonly changes: readonly ChangeRef[]
}

export interface SweepOptions {
  readonly kept: Kept
  readonly stages: readonly StageRef[]
  /** Which of these runs are runs of this list. */
  readonly runsOfList: (ids: readonly string[]) => Promise<readonly string[]>
}

export interface LeftOptions {
  readonly ageMs: number
  /** What the ledger names of these lists; a list that it does not know is not among the answers. */
  readonly kept: (listIds: readonly string[]) => Promise<ReadonlyMap<string, Kept>>
  /** Which of these runs go on, here or elsewhere. */
  readonly running: (ids: readonly string[]) => Promise<readonly string[]>
}

/** A look at a source for a person who waits. A query that is null stands for the whole input. */
export interface LookOptions extends SourceOptions {
  /** Who asks, since one person's queries are not to keep all others waiting. */
  readonly owner: string
}

export interface PreviewOptions extends LookOptions {
  /** At most `limits.previewRowsMax` are shown, whatever is asked. */
  readonly rowsMax: number
  /** Of files: columns that the query sees as they are, while all others are constants; null shows it all. */
  readonly openColumns: readonly string[] | null
}

/** What was found out about a query before it runs. */
export interface Probed {
  /** Why nothing is known of it, in a sentence; null when it can be run. */
  readonly notChecked: string | null
  /** Its parts that choose members by the order of rows, which files do not give. */
  readonly byOrder: readonly string[]
}
