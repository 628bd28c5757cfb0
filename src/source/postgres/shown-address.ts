/**
 * A server and database as people may read them: `db.example.com/shop`. A database name with an `@` comes of an address that was
 * written wrongly, such as with a `/` in its password, and may hold a part of it; then nothing of it is shown.
 */
export function shownAddress(server: string, database: string): string {
  return database.includes('@') ? '…' : `${server}/${database}`
}
