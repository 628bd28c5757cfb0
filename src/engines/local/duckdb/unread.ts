import type { InvalidReason } from '../../../members/email.ts'
import { Tally } from '../records/tally.ts'

/** Records of files that cannot be read, and so are not given to a query. */
export class Unread {
  private readonly files = new Map<string, Tally>()
  private readonly columns = new Map<string, readonly number[]>()

  /** Keeps which columns of CSV files are read besides that of the addresses: what is wrong there makes their records unreadable. */
  setColumns(paths: readonly string[], indexes: readonly number[]): void {
    for (const path of paths) this.columns.set(path, indexes)
  }

  columnsOf(path: string): readonly number[] {
    return this.columns.get(path) ?? []
  }

  add(path: string, reason: InvalidReason, count: number): void {
    if (count === 0) return
    const tally = this.files.get(path) ?? new Tally()
    tally.invalid(reason, count)
    this.files.set(path, tally)
  }

  /** For files that are read anew. */
  forget(paths: readonly string[]): void {
    for (const path of paths) this.files.delete(path)
  }

  /** Whether a file holds such records. */
  has(path: string): boolean {
    return this.files.has(path)
  }

  tally(): Tally {
    const all = new Tally()
    for (const tally of this.files.values()) all.add(tally)
    return all
  }
}
