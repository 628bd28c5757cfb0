import { BACKSLASH, CR, DELETE, LF, QUOTE, SPACE } from '../../../sources/formats/signs.ts'

/** What the quotation marks of one record tell of what is around it, if the program that wrote the file did not double marks. */
interface Marks {
  /** Some stand around whole fields. */
  readonly inPlace: boolean
  /** Some stand in fields that do not begin with one. */
  readonly plain: boolean
  /** One may close what a record before opened: it stands at the end of a field that does not begin with one. */
  readonly closing: boolean
  /** One may do so at the end of a field with text after its closing mark. */
  readonly closingTail: boolean
  /** One stands alone at the beginning of a field that no mark closes where it ends: the end of a field may be right there. */
  readonly lone: boolean
  /** One may open a text that goes on in the next record: white space other than blanks stands before it, or a backslash. */
  readonly opening: boolean
}

/** Reads the marks of one record, as `CsvRecord` reads its fields; it ends at a line end outside of them or at the end of its bytes. */
export function marksOf(record: Uint8Array, delimiter: number): Marks {
  const marks = {
    inPlace: false,
    plain: false,
    closing: false,
    closingTail: false,
    lone: false,
    opening: false,
  }
  const isEnd = (sign: number | undefined): boolean =>
    sign === undefined || sign === delimiter || sign === LF || sign === CR
  const pastSpaces = (from: number): number => {
    let at = from
    while (record[at] === SPACE) at += 1
    return at
  }
  const plainEnd = (from: number): { readonly end: number; readonly last: number | undefined } => {
    let at = from
    let last: number | undefined
    for (; !isEnd(record[at]); at += 1) if (record[at] !== SPACE) last = record[at]
    return { end: at, last }
  }
  const takeQuoted = (mark: number): number => {
    const isLone = isEnd(record[pastSpaces(mark + 1)])
    const close = closeOf(record, mark + 1)
    if (close < 0) {
      marks.lone ||= isLone
      return record.length
    }
    const { end, last } = plainEnd(close + 1)
    marks.lone ||= isLone && last !== undefined
    marks.inPlace ||= last === undefined
    marks.closingTail ||= last === QUOTE
    marks.opening ||= last === undefined && close > mark + 1 && record[close - 1] === BACKSLASH
    return end
  }
  const takePlain = (start: number): number => {
    const { end, last } = plainEnd(start)
    const mark = record.subarray(start, end).indexOf(QUOTE)
    if (mark < 0) return end
    const isOpening = record.subarray(start, start + mark).every(mayStandBefore)
    marks.plain = true
    marks.opening ||= isOpening && last !== QUOTE
    marks.closing ||= !isOpening && last === QUOTE
    return end
  }
  for (let start = 0; start < record.length;) {
    const at = pastSpaces(start)
    start = 1 + (record[at] === QUOTE ? takeQuoted(at) : takePlain(at))
  }
  return marks
}

/** Whether a byte may stand before a mark that opens a field: it is, or may be one of, a sign that shows nothing. */
export function mayStandBefore(sign: number): boolean {
  return sign <= SPACE || sign > DELETE
}

/** Where the mark stands that closes the field whose text begins at `from`, or -1. */
function closeOf(record: Uint8Array, from: number): number {
  for (let at = record.indexOf(QUOTE, from); at >= 0; at = record.indexOf(QUOTE, at + 2))
    if (record[at + 1] !== QUOTE) return at
  return -1
}
