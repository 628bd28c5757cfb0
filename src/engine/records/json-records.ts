import { pieces } from './pieces.ts'
import type { PieceOptions } from './pieces.ts'
import { BAD_ENCODING, BROKEN_LINE, Fault } from './record.ts'
import type { RawValue } from './record.ts'
import { textOf } from './text.ts'

export interface JsonOptions extends PieceOptions {
  readonly emailColumn: string
  /** Longest object. */
  readonly bytesMax: number
  /** Called once the key has been met. */
  readonly onKey: () => void
}

const LF = 0x0a
const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN = 0x7b
const CLOSE = 0x7d

/**
 * The address of each JSON object of a file: one object a line, or objects one after the other or in one array, over as many
 * lines as they like. The key counts as it stands, else in other capitals. A line that is not an object is a `broken_line`.
 */
export async function* jsonRecords(
  path: string,
  options: JsonOptions,
): AsyncGenerator<RawValue[], void, void> {
  const reader = new JsonReader(options)
  let rest: Buffer = Buffer.alloc(0)
  for await (const piece of pieces(path, options)) {
    const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece])
    const values = reader.read(bytes, false)
    if (values.length > 0) yield values
    rest = bytes.subarray(reader.used)
  }
  const values = reader.read(rest, true)
  if (values.length > 0) yield values
}

class JsonReader {
  used = 0
  private readonly options: JsonOptions
  /** One object a line, or objects wherever they begin and end; seen at the first line. */
  private style: 'lines' | 'objects' | null = null
  /** Within a line that is too long and already counted. */
  private skipping = false

  constructor(options: JsonOptions) {
    this.options = options
  }

  read(bytes: Buffer, whole: boolean): RawValue[] {
    const values: RawValue[] = []
    this.used = 0
    while (this.used < bytes.length && this.take(bytes, whole, values)) {
      // Each turn is one line or one object.
    }
    return values
  }

  private take(bytes: Buffer, whole: boolean, values: RawValue[]): boolean {
    if (this.skipping) return this.skip(bytes)
    if (this.style === 'objects') return this.takeObject(bytes, whole, values)
    const end = lineEnd(bytes, this.used, whole)
    if (end < 0 && this.style === 'lines') return this.wait(bytes, whole, values, bytes.length)
    const line = strip(bytes, this.used, end < 0 ? bytes.length : end)
    if (line === null) return end >= 0 && this.go(end)
    const value = this.valueOf(bytes, line.start, line.end)
    if (this.style === null) return this.decideStyle(value !== BROKEN_LINE)
    return this.push(values, value, end)
  }

  private decideStyle(firstLineIsObject: boolean): boolean {
    this.style = firstLineIsObject ? 'lines' : 'objects'
    return true
  }

  private takeObject(bytes: Buffer, whole: boolean, values: RawValue[]): boolean {
    let start = this.used
    while (start < bytes.length && isFiller(bytes[start] as number)) start += 1
    this.used = start
    if (start === bytes.length) return false
    const next = bytes[start] === OPEN ? objectEnd(bytes, start) : lineEnd(bytes, start, whole)
    if (next > 0) return this.push(values, this.valueOf(bytes, start, next), next)
    return this.wait(bytes, whole, values, start)
  }

  /** What begins here does not end in what is there: waits for more, or gives up the line. */
  private wait(bytes: Buffer, whole: boolean, values: RawValue[], next: number): boolean {
    if (!whole && bytes.length - this.used <= this.options.bytesMax) return false
    this.skipping = true
    return this.push(values, BROKEN_LINE, next)
  }

  private skip(bytes: Buffer): boolean {
    const end = lineEnd(bytes, this.used, false)
    this.skipping = end < 0
    return this.go(end < 0 ? bytes.length : end)
  }

  private push(values: RawValue[], value: RawValue, next: number): boolean {
    values.push(value)
    return this.go(next)
  }

  private go(next: number): boolean {
    this.used = next
    return true
  }

  private valueOf(bytes: Buffer, start: number, end: number): RawValue {
    if (end - start > this.options.bytesMax) return BROKEN_LINE
    const text = textOf(bytes, start, end)
    if (text instanceof Fault || text === null) return BAD_ENCODING
    const object = parseObject(text)
    if (object === null) return BROKEN_LINE
    const key = keyOf(object, this.options.emailColumn)
    if (key === null) return null
    this.options.onKey()
    return asText(object[key])
  }
}

function lineEnd(bytes: Buffer, from: number, whole: boolean): number {
  const at = bytes.indexOf(LF, from)
  if (at >= 0) return at + 1
  return whole ? bytes.length : -1
}

/** Without white space and the signs of an array around the object; null for a line without anything else. */
function strip(bytes: Buffer, from: number, to: number): { start: number; end: number } | null {
  let start = from
  let end = to
  while (start < end && isFiller(bytes[start] as number)) start += 1
  while (end > start && isFiller(bytes[end - 1] as number)) end -= 1
  return start === end ? null : { start, end }
}

function isFiller(sign: number): boolean {
  return sign <= 0x20 || sign === 0x2c || sign === 0x5b || sign === 0x5d
}

/** Position after the object that begins at `start`, or -1. */
function objectEnd(bytes: Buffer, start: number): number {
  let depth = 0
  let inText = false
  for (let at = start; at < bytes.length; at += 1) {
    const sign = bytes[at]
    if (inText) {
      if (sign === BACKSLASH) at += 1
      else if (sign === QUOTE) inText = false
    } else if (sign === QUOTE) inText = true
    else if (sign === OPEN) depth += 1
    else if (sign === CLOSE) {
      depth -= 1
      if (depth === 0) return at + 1
    }
  }
  return -1
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}

function keyOf(object: Record<string, unknown>, wanted: string): string | null {
  if (Object.hasOwn(object, wanted)) return wanted
  const folded = wanted.trim().toLowerCase()
  return Object.keys(object).find((key) => key.trim().toLowerCase() === folded) ?? null
}

function asText(value: unknown): string | null {
  if (value === null || value === undefined) return null
  return typeof value === 'string' ? value : JSON.stringify(value)
}
