const LF = 0x0a
const CR = 0x0d
const SPACE = 0x20
const QUOTE = 0x22

/** What the marks of a well-formed record tell of the lines before it. */
interface Marks {
  /** One stands at the end of a field without marks: it may close what a line before it opened. */
  readonly closing: boolean
  /** One stands elsewhere in such a field, as in 5" wide: it may do so too, less likely. */
  readonly within: boolean
  /** Some stand around whole fields. */
  readonly inPlace: boolean
}

/** Reads the marks of one record, which ends at a line end outside of them or at the end of its bytes. */
export function marksOf(record: Buffer, delimiter: number): Marks {
  let [closing, within, inPlace] = [false, false, false]
  for (let start = 0; start < record.length;) {
    let at = start
    while (record[at] === SPACE) at += 1
    const isQuoted = record[at] === QUOTE
    let isOpen = isQuoted
    let last = -1
    for (at += isQuoted ? 1 : 0; at < record.length; at += 1) {
      const sign = record[at]
      if (sign === QUOTE && isQuoted) isOpen = !isOpen
      else if (!isOpen && (sign === delimiter || sign === LF || sign === CR)) break
      else if (sign !== SPACE) {
        within ||= last === QUOTE
        last = sign ?? -1
      }
    }
    closing ||= !isQuoted && last === QUOTE
    inPlace ||= isQuoted
    start = at + 1
  }
  return { closing, within, inPlace }
}
