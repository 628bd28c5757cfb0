import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readText, writeText } from '../../src/workspace/configuration/text.ts'
import { refused } from './configuration-support.ts'
import { anyCharacter } from '../support/any-character.ts'

/** Texts with everything that YAML treats in a way of its own. */
const odd = fc.oneof(
  fc.string(),
  fc.string({ unit: anyCharacter }),
  fc
    .array(
      fc.constantFrom(
        '\n',
        '\r',
        '\t',
        ' ',
        '#',
        ': ',
        '- ',
        "'",
        '"',
        '\\',
        '|',
        '>',
        '\u0085',
        '\u2028',
        '\ufeff',
        '\u009b',
        'select',
        'é',
        '0',
        '~',
      ),
    )
    .map((parts) => parts.join('')),
  fc.constantFrom(' \n', '\n \n', 'a\n \nb', 'a\n\n', ' a\nb', '\ta\nb', 'a\r\nb', 'a\nb\u2028'),
  fc.constantFrom(
    'no',
    'null',
    '~',
    '1e3',
    '0x10',
    '549755880001',
    '2026-11-24',
    '<<',
    '=',
    '!!binary x',
    '&a',
    '*a',
    '---',
    '...',
  ),
)

describe('a configuration as text', () => {
  test.each(['yaml', 'json'] as const)('%s gives back what was written, to the character', async (format) => {
    const document = fc.record({
      version: fc.constant(1),
      queries: fc.array(
        fc.record({
          name: odd,
          active: fc.option(fc.record({ sql: odd, hashed: fc.boolean() })),
          thresholds: fc.dictionary(fc.constantFrom('warnBelow', 'y', 'null'), fc.integer()),
          files: fc.array(odd),
        }),
      ),
    })
    await fc.assert(
      fc.asyncProperty(document, async (value) => {
        expect(await readText(await writeText(value, format))).toEqual(value)
      }),
      { numRuns: 300 },
    )
  })

  test('YAML shows SQL line by line', async () => {
    const text = await writeText({ sql: '-- all \nselect email\n\n\tfrom input\n' }, 'yaml')
    expect(text).toBe('sql: |\n  -- all \n  select email\n\n  \tfrom input\n')
  })

  test('JSON with tabs and a byte order mark is read too', async () => {
    expect(await readText('\ufeff{\n\t"version": 1,\n\t"queries": []\n}\n')).toEqual({
      version: 1,
      queries: [],
    })
  })

  const broken: readonly (readonly [name: string, text: string, message: RegExp])[] = [
    ['a key twice', 'version: 1\nsecret-value: 1\nsecret-value: 2\n', /line 3, column 1: duplicate key/],
    ['an open quote', 'version: 1\nname: "secret-value\n', /line 3/],
    ['a tag of its own', 'version: !secret-value 1\n', /line 1, column 10/],
    ['an alias to nothing', 'version: *secret-value\n', /alias/],
    ['two documents', 'version: 1\n---\nversion: 1\n', /multiple docs/],
    [
      'aliases of aliases',
      `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghi'
        .split('')
        .map((name, index) => `${name}: &${name} [${`*${'abcdefgh'[index]}, `.repeat(9)}x]`)
        .join('\n')}\n`,
      /alias/,
    ],
  ]

  test.each(broken)(
    '%s is refused with its place, and nothing of the text is quoted',
    async (_, text, message) => {
      const error = await refused(readText(text))
      expect(error.code).toBe('request_invalid')
      expect(error.message).toMatch(message)
      expect(error.message).not.toContain('secret-value')
    },
  )
})
