/** A name as it stands in SQL: in quotes when it would not be read as one name otherwise. */
export function quoted(name: string): string {
  return /^[a-z_][a-z\d_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`
}
