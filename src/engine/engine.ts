import type { InvalidReason } from '../audience/email.ts'
import type { FoundForm } from '../audience/hash-form.ts'
import type { Rows } from '../sources/source.ts'

/**
 * What every row engine promises. Hashes live in *hash sets*: folders of one file a bucket (`0.blocks` … `f.blocks`) that
 * hold distinct hashes of 32 bytes each in ascending order, with checksums, so that every step works on one bucket at a time and memory stays
 * flat. All folders are given as absolute paths, are made by the engine, and appear whole or not at all. Nothing but
 * hashes is ever written to disk, apart from the rejects file with masked values. A reader of a hash set or spool that is not as it
 * was written gets the error `ledger_damaged`.
 */
export interface RowEngine {
  /** Reads, checks, hashes and stages all rows of a source (tasks *query* and *prepare*). */
  prepare(options: PrepareOptions): Promise<Prepared>
  /** Dedupes the staged rows into a hash set, compares it with the ledger and writes the spool (task *compare*). */
  compare(options: CompareOptions): Promise<Compared>
  /** told and unsure after a run that ended early: its confirmed batches and its unanswered ones folded in. */
  fold(options: FoldOptions): Promise<Folded>
  /** Up to `count` arrivals as masked addresses, found by reading the source again; may return fewer. */
  sampleArrivals(options: {
    rows: Rows
    hashed: boolean
    spoolDir: string
    count: number
    signal: AbortSignal
  }): Promise<string[]>
  close(): Promise<void>
}

export interface PrepareOptions {
  readonly rows: Rows
  /** The column holds SHA-256 hashes, not addresses. */
  readonly hashed: boolean
  readonly stageDir: string
  /** Stages only so many members, the lowest of all distinct hashes: a sample. Null for all. Counts are of all rows. */
  readonly membersMax: number | null
  /** The result must survive a loss of power; false for what is thrown away. */
  readonly durable: boolean
  /** Where invalid rows are listed as CSV (`file,row,reason,value` with masked values), or null. */
  readonly rejectsFile: string | null
  readonly signal: AbortSignal
  /** Share of the source read so far, 0 to 1; null when unknown. */
  readonly onProgress: (progress: { readonly rows: number; readonly share: number | null }) => void
}

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

export interface CompareOptions {
  readonly stageDir: string
  /** Hash set of the ledger, or null when nothing was told yet. */
  readonly toldDir: string | null
  readonly unsureDir: string | null
  /** Becomes the hash set of the query's members. */
  readonly desiredDir: string
  /** Becomes the spool. */
  readonly spoolDir: string
  /** The results must survive a loss of power; false for what is thrown away. */
  readonly durable: boolean
  readonly signal: AbortSignal
  readonly onProgress: (progress: { readonly share: number }) => void
}

/**
 * The spool: `adds-<bucket>.blocks` and `removes-<bucket>.blocks`, in the form of hash sets, so that its order is stable.
 * Member n of an operation is counted over its buckets in order.
 */
export interface Compared {
  readonly members: number
  readonly duplicates: number
  readonly added: number
  readonly removed: number
  readonly unchanged: number
  /** Members per bucket file, in bucket order. */
  readonly addsByBucket: readonly number[]
  readonly removesByBucket: readonly number[]
}

/** Members `first` to `first + count - 1` of one operation's spool. */
export interface SpoolRange {
  readonly operation: 'add' | 'remove'
  readonly first: number
  readonly count: number
}

/**
 * The law of folding, with CA, CR = confirmed adds and removes and UA, UR = unanswered ones:
 * `told' = (told ∪ CA) − CR − UR` and `unsure' = ((unsure − CA − CR) ∪ UA ∪ UR) − told'`.
 * An unanswered remove leaves *told*, since a member who comes back must then be added again.
 */
export interface FoldOptions {
  readonly toldDir: string | null
  readonly unsureDir: string | null
  readonly spoolDir: string
  readonly addsByBucket: readonly number[]
  readonly removesByBucket: readonly number[]
  readonly confirmed: readonly SpoolRange[]
  /** Sent, but the answer was lost. */
  readonly unanswered: readonly SpoolRange[]
  readonly newToldDir: string
  readonly newUnsureDir: string
  readonly signal: AbortSignal
}

export interface Folded {
  readonly told: number
  readonly unsure: number
}

/** Bucket names in order: the first hexadecimal digit of a hash. */
export const bucketNames = Object.freeze(Array.from('0123456789abcdef'))
