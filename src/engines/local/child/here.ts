/** Whether this process is one that may run what people write. */
let isChild = false

/** Called by the child process, before anything else, and by tests of its jobs; the answer takes it back. */
export function runQueriesHere(): () => void {
  return set(true)
}

/** For tests of queries that only the end of their process ends. */
export function runQueriesInChildren(): () => void {
  return set(false)
}

function set(next: boolean): () => void {
  const before = isChild
  isChild = next
  return () => void (isChild = before)
}

export function isHere(): boolean {
  return isChild
}

/**
 * Throws, as a defect, in a process that serves or sends. SQL that people wrote could not be ended there, and a damaged Parquet file,
 * on which the engine may break down, would end all that the process does. `what` begins the message, up to its verb.
 */
export function requireChild(what: string): void {
  if (!isChild) throw new Error(`${what} in a child process alone`)
}
