import { BACKSLASH, CLOSE, CLOSE_LIST, COLON, COMMA, LF, OPEN, OPEN_LIST, QUOTE } from './signs.ts'

/** Deeper ones are taken for lines that were never closed. */
const DEPTH_MAX = 200

/**
 * Looks for the end of one JSON object, in pieces. It stops where no object can go on, so that a line that was never closed does not
 * take the following ones with it: at a line end within a text, and where a value follows without a comma or a key. All else is
 * left to the parser.
 */
export class ObjectScan {
  /** Bytes of the object so far. */
  length = 0
  /** Where the last piece was left: after the object, or where it stops being one. */
  position = 0
  /** Whether a line has ended within it. */
  isOverLines = false
  private inText = false
  private isEscaped = false
  /** The last sign that was no white space; a quotation mark for a text. */
  private last = 0
  private readonly open: number[] = []

  /** Braces and brackets that are open. */
  get depth(): number {
    return this.open.length
  }

  /** Reads on at `from`. */
  read(bytes: Uint8Array, from: number): 'end' | 'more' | 'broken' {
    for (let at = from; at < bytes.length; at += 1) {
      const outcome = this.inText ? this.text(bytes[at] as number) : this.sign(bytes[at] as number)
      if (outcome === 'more') continue
      this.position = outcome === 'end' ? at + 1 : at
      this.length += this.position - from
      return outcome
    }
    this.position = bytes.length
    this.length += bytes.length - from
    return 'more'
  }

  private text(sign: number): 'more' | 'broken' {
    if (sign === LF) return 'broken'
    if (this.isEscaped) this.isEscaped = false
    else if (sign === BACKSLASH) this.isEscaped = true
    else if (sign === QUOTE) this.inText = false
    return 'more'
  }

  private sign(sign: number): 'end' | 'more' | 'broken' {
    this.isOverLines ||= sign === LF
    if (sign <= 0x20) return 'more'
    const { last, open } = this
    this.last = sign
    if (sign === QUOTE) {
      this.inText = true
      return last === OPEN || last === OPEN_LIST || last === COMMA || last === COLON ? 'more' : 'broken'
    }
    if (sign === OPEN || sign === OPEN_LIST) {
      const isValue = last === 0 || last === COLON || open.at(-1) === OPEN_LIST
      if (!isValue || last === CLOSE || last === CLOSE_LIST || open.length === DEPTH_MAX) return 'broken'
      open.push(sign)
    } else if (sign === CLOSE || sign === CLOSE_LIST) {
      if (open.pop() !== (sign === CLOSE ? OPEN : OPEN_LIST)) return 'broken'
      if (open.length === 0) return 'end'
    }
    return 'more'
  }
}

/** A line that is no object, or is cut off: what it opens and closes outside of texts. */
export class BrokenLine {
  /** Whether it begins as an object does. */
  readonly isObject: boolean
  /** Braces and brackets that it opens and does not close; less than 0 where it closes more. */
  depth: number
  /** Whether it closes some that it did not open. */
  closesMore = false
  private inText = false
  private isEscaped = false

  /** `depth`: of an object whose beginning is read already. */
  constructor(isObject: boolean, depth: number) {
    this.isObject = isObject
    this.depth = depth
  }

  read(bytes: Uint8Array, from: number, end: number): void {
    for (let at = from; at < end; at += 1) {
      const sign = bytes[at]
      if (this.isEscaped) this.isEscaped = false
      else if (this.inText && sign === BACKSLASH) this.isEscaped = true
      else if (sign === QUOTE) this.inText = !this.inText
      else if (!this.inText && (sign === OPEN || sign === OPEN_LIST)) this.depth += 1
      else if (!this.inText && (sign === CLOSE || sign === CLOSE_LIST)) this.depth -= 1
      this.closesMore ||= this.depth < 0
    }
  }
}
