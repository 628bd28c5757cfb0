import type { Rows } from '../../sources/source.ts'
import type { BatchRange, ComparedCounts, Prepared } from '../contract.ts'

/**
 * What the local engine does with folders. Hashes live in *hash sets*: folders of one file a bucket (`0.blocks` … `f.blocks`) that
 * hold distinct hashes of 32 bytes each in ascending order, with checksums, so that every step works on one bucket at a time and memory stays
 * flat. All folders are given as absolute paths, are made here, and appear whole or not at all. Nothing but
 * hashes is ever written to disk, apart from the rejects file with masked values. A reader of a hash set or spool that is not as it
 * was written gets the error `ledger_damaged`.
 */
export interface FolderEngine {
  /** Reads, checks, hashes and stages all rows of a source. */
  prepare(options: PrepareOptions): Promise<Prepared>
  /** Dedupes the staged rows into a hash set, compares it with the ledger and writes the spool. */
  compare(options: CompareOptions): Promise<ComparedFolders>
  /** `fold` of the contract, of folders. */
  fold(options: FoldOptions): Promise<FoldedCounts>
  /** Up to `count` arrivals as masked addresses, found by reading the source again; may return fewer. */
  sampleArrivals(options: {
    rows: Rows
    hashed: boolean
    spoolDir: string
    count: number
    signal: AbortSignal
  }): Promise<string[]>
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
  /** Where invalid rows are listed as CSV (`file,row,result_row,reason,value` with masked values), or null. */
  readonly rejectsFile: string | null
  readonly signal: AbortSignal
  /** Share of the source read so far, 0 to 1; null when unknown. */
  readonly onProgress: (progress: { readonly rows: number; readonly share: number | null }) => void
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
export interface ComparedFolders extends ComparedCounts {
  /** Members per bucket file, in bucket order. */
  readonly addsByBucket: readonly number[]
  readonly removesByBucket: readonly number[]
}

export interface FoldOptions {
  readonly toldDir: string | null
  readonly unsureDir: string | null
  readonly spoolDir: string
  readonly addsByBucket: readonly number[]
  readonly removesByBucket: readonly number[]
  readonly confirmed: readonly BatchRange[]
  /** Sent, but the answer was lost. */
  readonly unanswered: readonly BatchRange[]
  readonly newToldDir: string
  readonly newUnsureDir: string
  readonly signal: AbortSignal
}

export interface FoldedCounts {
  readonly told: number
  readonly unsure: number
}

/** Bucket names in order: the first hexadecimal digit of a hash. */
export const bucketNames = Object.freeze(Array.from('0123456789abcdef'))
