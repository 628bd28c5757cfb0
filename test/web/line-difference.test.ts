import { array, assert, constantFrom, property } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { lineDifference } from '../../web/src/format/line-difference.ts'
import type { DifferenceLine } from '../../web/src/format/line-difference.ts'

/** What changed between two texts. */

const text = array(constantFrom('SELECT email', 'FROM input', 'WHERE x = 1', '')).map((lines) =>
  lines.join('\n'),
)

function without(lines: readonly DifferenceLine[], kind: DifferenceLine['kind']): string {
  return lines
    .filter((line) => line.kind !== kind)
    .map((line) => line.text)
    .join('\n')
}

function long(word: string): string {
  return ['start', ...Array.from({ length: 1_100 }, (_, index) => `${word} ${index}`)].join('\n')
}

describe('the difference of two texts', () => {
  test('holds both of them, whatever they are', () => {
    assert(
      property(text, text, (before, after) => {
        const lines = lineDifference(before, after)
        expect(without(lines, 'new')).toBe(before)
        expect(without(lines, 'gone')).toBe(after)
      }),
    )
  })

  test('of equal texts is none, and of texts that differ too much is all of both', () => {
    assert(
      property(text, (same) => {
        expect(lineDifference(same, same).every(({ kind }) => kind === 'same')).toBe(true)
      }),
    )
    const kinds = lineDifference(long('a'), long('b')).map(({ kind }) => kind)
    expect([kinds[0], kinds.at(-1), kinds.length]).toEqual(['gone', 'new', 2_202])
  })

  test('says one line of three', () => {
    expect(lineDifference('SELECT email\nFROM input\nLIMIT 7', 'SELECT email\nFROM other\nLIMIT 7')).toEqual([
      { kind: 'same', text: 'SELECT email' },
      { kind: 'gone', text: 'FROM input' },
      { kind: 'new', text: 'FROM other' },
      { kind: 'same', text: 'LIMIT 7' },
    ])
  })
})
