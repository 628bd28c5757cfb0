import { BrokenLine, ObjectScan } from './object-scan.ts'
import { CLOSE_LIST, COMMA, LF, OPEN, OPEN_LIST } from './signs.ts'

/** One value of a JSON file: the bytes of an object, a bare `null`, or something that cannot be read. */
export type JsonItem =
  | { readonly kind: 'object'; readonly start: number; readonly end: number }
  | { readonly kind: 'null' }
  | { readonly kind: 'broken' }
  | JsonDamage

/** The file is not whole, and nothing of it may be used. `what` goes on after its name, names the line and quotes nothing. */
export interface JsonDamage {
  readonly kind: 'damaged'
  readonly what: string
}

const WORD_BYTES_MAX = 64
/** A value that is no object, whole and with a sign after it that ends it. */
const WORD = /^(?:(null)|true|false|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?=[\s,[\]]|$)/

/**
 * Finds the objects of a JSON text, over as many lines as they like. They stand one after the other, perhaps with a comma after each;
 * then whatever is no object spoils its own line only. An object after such a line may belong to something that the line leaves open: if
 * more of that follows an object, the text is damaged. Or they stand in one array, which is read by its grammar: it must be closed, with
 * nothing but objects and `null` between its commas and nothing after it. A text that ends within an object is damaged in either case.
 */
export class JsonScanner {
  /** Bytes of the last text that are done with. */
  used = 0
  private readonly bytesMax: number
  private place: 'start' | 'lines' | 'first' | 'value' | 'after' | 'end' = 'start'
  /** Of objects that are in no array: a comma may follow the last one. */
  private mayHaveComma = false
  /** The line, already counted, within which it is. */
  private skipped: BrokenLine | null = null
  /** What a broken line left open. */
  private open: OpenLine | null = null
  /** Within an object that is too long and already counted, whose end is looked for. */
  private dropping = false
  private scan: ObjectScan | null = null
  private isDamaged = false
  /** Line ends in the texts before this one. */
  private linesBefore = 0
  /** Line ends up to a place in this text. */
  private counted = { at: 0, lines: 0 }
  private text: Buffer = Buffer.alloc(0)

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax
  }

  /** Whether the objects stand in an array. */
  get isList(): boolean {
    return this.place !== 'start' && this.place !== 'lines'
  }

  /** To be called before a text that begins with what was left of the last one. */
  restart(): void {
    this.linesBefore = this.lineEndsTo(this.used)
    this.counted = { at: 0, lines: this.linesBefore }
    this.used = 0
  }

  /** The next value, or null when more bytes are needed; `whole` says that none follow. */
  next(bytes: Buffer, whole: boolean): JsonItem | null {
    this.text = bytes
    for (;;) {
      if (this.isDamaged) return null
      const skipped = this.skipped === null ? 'done' : this.skipLine(bytes, whole, this.skipped)
      if (skipped !== 'done') return skipped
      if (this.scan === null) {
        const found = this.between(bytes, whole)
        if (found !== 'value') return found
        if (bytes[this.used] !== OPEN) return this.word(bytes, whole)
        this.scan = new ObjectScan()
      }
      const item = this.object(bytes, whole, this.scan)
      if (item !== 'again') return item
    }
  }

  /** What is wrong at a position of the last text, which nothing is read after. */
  damage(at: number, about: (line: string) => string = ofList): JsonDamage {
    return this.damageIn(this.lineEndsTo(at) + 1, about)
  }

  private damageIn(line: number, about: (line: string) => string): JsonDamage {
    this.isDamaged = true
    return { kind: 'damaged', what: about(line.toLocaleString('en-US')) }
  }

  private lineEndsTo(at: number): number {
    const from = at < this.counted.at ? { at: 0, lines: this.linesBefore } : this.counted
    this.counted = { at, lines: from.lines + lineEndsIn(this.text, from.at, at) }
    return this.counted.lines
  }

  /** Passes over what stands between values. */
  private between(bytes: Buffer, whole: boolean): 'value' | JsonDamage | null {
    for (;;) {
      while (this.used < bytes.length && (bytes[this.used] as number) <= 0x20) this.used += 1
      if (this.used === bytes.length) {
        const isCut = whole && this.isList && this.place !== 'end'
        return isCut ? this.damage(this.used, ofCutList) : null
      }
      const sign = bytes[this.used] as number
      const place = this.after(sign)
      if (place === 'value') return place
      // In a list that a broken line left open, there is a comma too.
      if (sign === COMMA && this.open !== null && this.open.rows > 0)
        return this.damageIn(this.open.line, ofOpenObject)
      if (place === null) {
        if (this.place === 'end') return this.damage(this.used, ofMore)
        return this.damage(this.used, this.isList ? ofList : ofListEnd)
      }
      this.used += 1
    }
  }

  /** Whether a sign may stand between values: 'value' where one begins, null where it may not. */
  private after(sign: number): 'value' | 'taken' | null {
    const { place } = this
    if (place === 'start') {
      this.place = sign === OPEN_LIST ? 'first' : 'lines'
      if (sign === OPEN_LIST) return 'taken'
    }
    if (place === 'end') return null
    if (!this.isList) {
      if (sign === CLOSE_LIST) return null
      if (sign !== COMMA || !this.mayHaveComma) return 'value'
      this.mayHaveComma = false
      return 'taken'
    }
    if (sign === CLOSE_LIST && place !== 'value') this.place = 'end'
    else if (sign === COMMA && place === 'after') this.place = 'value'
    else return place === 'after' ? null : 'value'
    return 'taken'
  }

  private object(bytes: Buffer, whole: boolean, scan: ObjectScan): JsonItem | null | 'again' {
    const start = this.used
    const outcome = scan.read(bytes, start + (this.dropping ? 0 : scan.length))
    const isTooLong = !this.dropping && scan.length > this.bytesMax
    if (outcome === 'more') {
      if (whole) return this.damage(this.dropping ? bytes.length : start, ofCutObject)
      if (this.dropping || isTooLong) this.used = bytes.length
      this.dropping ||= isTooLong
      return isTooLong ? BROKEN : null
    }
    const wasDropping = this.dropping
    this.scan = null
    this.dropping = false
    if (outcome === 'end') {
      this.used = scan.position
      this.tookValue()
      if (wasDropping) return 'again'
      return isTooLong ? BROKEN : this.row({ kind: 'object', start, end: scan.position })
    }
    if (this.isList) return this.damage(scan.position)
    const isLong = wasDropping || isTooLong
    // What was passed over may have been objects.
    if (isLong && scan.isOverLines) return this.damage(scan.position, ofLongObject)
    // Its first line is given up, of which the beginning is read already where it is too long.
    if (isLong) this.used = scan.position
    this.giveUpLine(new BrokenLine(true, isLong ? scan.depth : 0))
    return wasDropping ? 'again' : BROKEN
  }

  private word(bytes: Buffer, whole: boolean): JsonItem | null {
    if (!whole && bytes.length - this.used < WORD_BYTES_MAX) return null
    const text = bytes.toString('latin1', this.used, this.used + WORD_BYTES_MAX)
    const word = WORD.exec(text)
    const isNull = word?.[1] !== undefined
    if (this.isList && !isNull) return this.damage(this.used)
    // A number that fills all of it may go on.
    if (word !== null && word[0].length < WORD_BYTES_MAX) {
      this.used += word[0].length
      this.tookValue()
      return isNull ? this.row({ kind: 'null' }) : (this.judgeLine(new BrokenLine(false, 0)) ?? BROKEN)
    }
    this.giveUpLine(new BrokenLine(false, 0))
    return BROKEN
  }

  private tookValue(): void {
    if (this.isList) this.place = 'after'
    this.mayHaveComma = true
  }

  /** What is found after a broken line may be a part of what that left open, and is taken for one if that goes on. */
  private row(item: JsonItem): JsonItem {
    if (this.open?.goesOn === true) return this.damageIn(this.open.line, ofOpenObject)
    if (this.open !== null) this.open.rows += 1
    return item
  }

  private giveUpLine(line: BrokenLine): void {
    this.skipped = line
    this.mayHaveComma = false
  }

  private skipLine(bytes: Buffer, whole: boolean, line: BrokenLine): JsonDamage | 'done' | null {
    const found = bytes.indexOf(LF, this.used)
    const end = found < 0 ? bytes.length : found
    line.read(bytes, this.used, end)
    this.used = end
    if (found < 0 && !whole) return null
    this.skipped = null
    const damage = this.judgeLine(line)
    this.used = found < 0 ? end : end + 1
    return damage ?? 'done'
  }

  /** Whether a line that cannot be read goes on with what one before it left open, and the objects in between may be parts of that. */
  private judgeLine({ isObject, depth, closesMore }: BrokenLine): JsonDamage | null {
    const { open } = this
    if (open === null) {
      if (depth > 0) this.open = { line: this.lineEndsTo(this.used) + 1, depth, rows: 0, goesOn: false }
      return null
    }
    open.goesOn ||= !isObject || closesMore
    if (open.goesOn && open.rows > 0) return this.damageIn(open.line, ofOpenObject)
    open.depth += depth
    if (open.depth <= 0) this.open = null
    return null
  }
}

/** A broken line after which braces or brackets are open. */
interface OpenLine {
  readonly line: number
  depth: number
  /** Objects found since. */
  rows: number
  /** Whether a line since then can only be more of it. */
  goesOn: boolean
}

const BROKEN: JsonItem = Object.freeze({ kind: 'broken' })

function ofList(line: string): string {
  return `is damaged in line ${line}: its list may only hold objects, separated by commas`
}

function ofCutList(line: string): string {
  return `ends in line ${line} without the closing bracket of its list`
}

function ofCutObject(line: string): string {
  return `ends too early: the object in line ${line} is never closed`
}

function ofOpenObject(line: string): string {
  return `is damaged in line ${line}: an object is broken there, so it is unclear where it ends. Correct that line`
}

function ofLongObject(line: string): string {
  return `is damaged in line ${line}: an object that is too long has an invalid end there, so it is unclear which of its lines are objects`
}

function ofMore(line: string): string {
  return `is damaged: line ${line} holds more data after the end of its list`
}

function ofListEnd(line: string): string {
  return `is damaged in line ${line}: a bracket closes a list that was never opened`
}

function lineEndsIn(bytes: Buffer, from: number, end: number): number {
  let count = 0
  for (let at = bytes.indexOf(LF, from); at >= 0 && at < end; at = bytes.indexOf(LF, at + 1)) count += 1
  return count
}
