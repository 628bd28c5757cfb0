import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { CopyTextParser } from '../../src/sources/postgres/copy-text.ts'

/** What PostgreSQL writes for a value (documentation of COPY, "Text Format"). */
function written(value: string | null): string {
  if (value === null) return '\\N\n'
  const names: Record<string, string> = {
    '\\': '\\\\',
    '\b': '\\b',
    '\f': '\\f',
    '\n': '\\n',
    '\r': '\\r',
    '\t': '\\t',
    '\v': '\\v',
  }
  return `${Array.from(value, (sign) => names[sign] ?? sign).join('')}\n`
}

const text = fc.string({
  unit: fc.constantFrom(...'abN\\\n\r\t\b\f\v@. '.split(''), 'é', '\u{1f600}', '\\N', '\\.'),
  maxLength: 8,
})
const values = fc.array(fc.option(text, { nil: null }), { maxLength: 30 })

test('values come out as they went in, however the bytes are cut', () => {
  fc.assert(
    fc.property(values, fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }), (wanted, lengths) => {
      const bytes = Buffer.from(wanted.map(written).join(''))
      const parser = new CopyTextParser(1000)
      const got: (string | null)[] = []
      for (let start = 0, turn = 0; start < bytes.length; turn += 1) {
        const length = lengths[turn % lengths.length] ?? 1
        got.push(...parser.push(bytes.subarray(start, start + length)))
        start += length
      }
      expect(got).toEqual(wanted)
      expect(parser.isMidLine).toBe(false)
    }),
    { numRuns: 1000 },
  )
})

test('an over-long line is cut, and the lines around it are whole', () => {
  const parser = new CopyTextParser(10)
  expect(parser.push(Buffer.from('ann\nx'))).toEqual(['ann'])
  for (let turn = 0; turn < 100; turn += 1) expect(parser.push(Buffer.from('x'.repeat(1000)))).toEqual([])
  expect(parser.push(Buffer.from('x\nlee\nk'))).toEqual(['xxxxxxxxxx', 'lee'])
  expect(parser.isMidLine).toBe(true)
})
