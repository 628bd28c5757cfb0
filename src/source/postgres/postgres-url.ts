/** Whether a source is the address of a PostgreSQL database. */
export function isPostgresUrl(from: string): boolean {
  return /^postgres(?:ql)?:\/\//i.test(from)
}
