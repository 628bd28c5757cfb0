import { foldName } from '../../../base/column-name.ts'

/** Numbers that JavaScript might write in another way than the file: with a fraction, an exponent or many digits, and minus zero. */
const INEXACT = /\d[.eE]|\d{16}|-0/

type Parsed = Readonly<Record<string, unknown>>

/** An object of a JSON file whose values are read as texts. */
export class JsonObject {
  private readonly source: string
  private parsed: Parsed
  private isExact: boolean

  constructor(source: string, parsed: Parsed) {
    this.source = source
    this.parsed = parsed
    this.isExact = !INEXACT.test(source)
  }

  keys(): string[] {
    return Object.keys(this.parsed)
  }

  /** The key of that name, else the first that differs from it in capitals and white space around it only. */
  keyOf(name: string, folded: string): string | null {
    if (Object.hasOwn(this.parsed, name)) return name
    for (const key in this.parsed) if (foldName(key) === folded) return key
    return null
  }

  /** A text as it is, a number as it is written, an object or a list as JSON; null for none. */
  textOf(key: string): string | null {
    let value = this.parsed[key]
    if (typeof value === 'string') return value
    if (value === null || value === undefined) return null
    if (typeof value === 'boolean') return String(value)
    if (!this.isExact) {
      this.parsed = parseExactly(this.source)
      this.isExact = true
      value = this.parsed[key]
    }
    return JSON.stringify(value)
  }
}

/** Null for a text that is no JSON object. */
export function parseObject(text: string): JsonObject | null {
  try {
    return new JsonObject(text, JSON.parse(text) as Parsed)
  } catch {
    return null
  }
}

/** Numbers stay what they are in the text. */
function parseExactly(text: string): Parsed {
  return JSON.parse(text, (_key: string, value: unknown, context?: { readonly source?: string }) =>
    typeof value === 'number' && context?.source !== undefined ? rawJson(context.source) : value,
  ) as Parsed
}

const { rawJSON: rawJson } = JSON as unknown as { readonly rawJSON: (text: string) => unknown }
