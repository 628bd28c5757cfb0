/** Whether this process is one that may run what people write. */
let isChild = false

/** Called by the child process, before anything else, and by tests of what its jobs do. */
export function runQueriesHere(): void {
  isChild = true
}

export function isHere(): boolean {
  return isChild
}

/** Throws, as a defect, in a process that serves or sends: SQL that people wrote would run in it, which nothing there could end. */
export function requireChild(): void {
  if (!isChild) throw new Error('SQL that people wrote runs in a child process alone')
}
