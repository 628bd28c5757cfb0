/** ", line 2, column 8 of the query" for the index of a character; empty when it is not within the query. */
export function placeIn(query: string, index: number): string {
  const chars = Array.from(query)
  if (!(index >= 0 && index < chars.length)) return ''
  const before = chars.slice(0, index).join('').split('\n')
  return `, line ${before.length}, column ${Array.from(before.at(-1) ?? '').length + 1} of the query`
}
