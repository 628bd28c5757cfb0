/** Names as SQL compares them: ASCII letters in any capitals. */
export function sqlName(name: string): string {
  return name.replaceAll(/[A-Z]+/g, (capitals) => capitals.toLowerCase())
}

/** A name as `sqlName` has it, without white space around it: columns of files have the same name when these are the same. */
export function foldName(name: string): string {
  return sqlName(name.trim())
}
