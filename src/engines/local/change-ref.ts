import type { BatchRange, ChangeRef } from '../contract.ts'

/** What a reference of a change says. */
export interface Spooled {
  /** The set of the members that it leads to. */
  readonly set: string
  /** How many hashes each file of its spool holds, in bucket order. */
  readonly adds: readonly number[]
  readonly removes: readonly number[]
}

export function changeRefOf({ set, adds, removes }: Spooled): ChangeRef {
  return JSON.stringify({ set, adds, removes }) as ChangeRef
}

export function spooledOf(ref: ChangeRef): Spooled {
  return JSON.parse(ref) as Spooled
}

/** Name of the folder with the spool of a change. It goes by the set that the change leads to. */
export function spoolName({ set }: Pick<Spooled, 'set'>): string {
  return `spool-${set}`
}

export function countsOf({ adds, removes }: Spooled, operation: BatchRange['operation']): readonly number[] {
  return operation === 'add' ? adds : removes
}
