/** Whole numbers from narrow to wide: digits, and bits without the sign. */
const INTEGERS = [
  { type: 'TINYINT', digits: 3, bits: 7 },
  { type: 'SMALLINT', digits: 5, bits: 15 },
  { type: 'INTEGER', digits: 10, bits: 31 },
  { type: 'BIGINT', digits: 19, bits: 63 },
  { type: 'HUGEINT', digits: 39, bits: 127 },
] as const
const UNSIGNED: Readonly<Record<string, number>> = { UTINYINT: 8, USMALLINT: 16, UINTEGER: 32, UBIGINT: 64 }

const DECIMAL = /^DECIMAL\((\d+),(\d+)\)$/
const DECIMAL_DIGITS_MAX = 38
const BINARY = new Set(['FLOAT', 'DOUBLE'])
const DATES = new Set(['DATE', 'TIMESTAMP'])

/** A type that several may be widened to. */
export interface WiderType {
  readonly type: string
  /** Whether it keeps every value of all of them; else that has to be tried. */
  readonly isSure: boolean
}

/** The type that keeps the values of several types of one kind, or may; null where there is none but text. */
export function widerType(types: readonly string[]): WiderType | null {
  if (types.every((type) => DATES.has(type))) return { type: 'TIMESTAMP', isSure: true }
  const integers = types.map(integerOf)
  const bits = integers.map((integer) => integer?.bits ?? Infinity)
  const whole = INTEGERS.find((integer) => integer.bits >= Math.max(...bits))
  if (whole !== undefined) return { type: whole.type, isSure: true }
  if (!types.every((type, index) => BINARY.has(type) || DECIMAL.test(type) || integers[index] !== null))
    return null
  if (types.some((type) => BINARY.has(type)))
    return {
      type: 'DOUBLE',
      isSure: types.every((type, index) => BINARY.has(type) || (bits[index] ?? 0) <= 32),
    }
  return widerDecimal(types)
}

/** A number that is not written as a whole number or a decimal has no spelling to keep. */
function widerDecimal(types: readonly string[]): WiderType | null {
  const parts = types.map((type) => {
    const [, width, scale] = DECIMAL.exec(type) ?? []
    if (width === undefined) return { before: integerOf(type)?.digits ?? Infinity, after: 0 }
    return { before: Number(width) - Number(scale), after: Number(scale) }
  })
  const after = Math.max(...parts.map((part) => part.after))
  const width = Math.max(...parts.map((part) => part.before)) + after
  return width > DECIMAL_DIGITS_MAX ? null : { type: `DECIMAL(${width},${after})`, isSure: true }
}

/** The narrowest whole numbers with a sign that hold those of a type; null for other types. */
function integerOf(type: string): { readonly digits: number; readonly bits: number } | null {
  const bits = UNSIGNED[type] ?? INTEGERS.find((integer) => integer.type === type)?.bits
  return INTEGERS.find((integer) => bits !== undefined && integer.bits >= bits) ?? null
}
