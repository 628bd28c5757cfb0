/** A text as an SQL literal. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** A name as an SQL identifier. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** The engine takes any path for a pattern; this one matches the file with that name alone. */
export function exactPath(path: string): string {
  return path.replaceAll(/[*?[]/g, '[$&]')
}

/** Files as an SQL list. */
export function pathList(paths: readonly string[]): string {
  return literals(paths.map(exactPath))
}

export function literals(texts: readonly string[]): string {
  return `[${texts.map(literal).join(', ')}]`
}
