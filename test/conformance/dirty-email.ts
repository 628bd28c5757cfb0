import * as fc from 'fast-check'
import { emailCases } from './emails.ts'
import { anyCharacter } from '../support/any-character.ts'

const domains = [
  'example.com',
  'EXAMPLE.org',
  'mail.example.net',
  'shop.test',
  'a.b',
  'localhost',
  'xn--bcher-kva.example',
]
const dirt = [
  // Control characters and white space, trimmed and not
  ...' |\t|\n|\r\n|\v|\f|\u0000|\u0001|\u001f|\u007f|\u0080|\u0085|\u00a0|\u00ad|\u1680|\u180e|\u2000|\u200a'.split(
    '|',
  ),
  ...'\u200b|\u2028|\u2029|\u202f|\u205f|\u2060|\u3000|\ufeff'.split('|'),
  // Signs with a meaning in addresses, quoting or hashes
  ...`. .. @ @@ - _ + ' " \\ , ; : < > ( ) [ ] % & | 0x \\x NULL mailto:`.split(' '),
  // Letters that lower-casing or normalising could turn into ASCII
  ...'İ ı \u212a ſ ß é e\u0301 Σ ﬁ ＠ \u{1f600} \ufffd'.split(' '),
]

const atom = fc.string({
  unit: fc.constantFrom(..."abcXYZ019+-_.'!#$%&*/=?^`{|}~".split('')),
  minLength: 0,
  maxLength: 12,
})
const local = fc.oneof(
  { weight: 6, arbitrary: atom },
  { weight: 1, arbitrary: fc.integer({ min: 60, max: 68 }).map((count) => 'l'.repeat(count)) },
)
const label = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.string({ unit: fc.constantFrom(...'abcXYZ019-'.split('')), minLength: 0, maxLength: 8 }),
  },
  { weight: 1, arbitrary: fc.integer({ min: 58, max: 65 }).map((count) => 'd'.repeat(count)) },
)
const domain = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...domains) },
  { weight: 2, arbitrary: fc.array(label, { minLength: 1, maxLength: 6 }).map((labels) => labels.join('.')) },
)
const address = fc.tuple(local, domain).map(([before, after]) => `${before}@${after}`)
const hashLike = fc
  .tuple(
    fc.constantFrom('', '', '0x', '0X', '\\x'),
    fc.constantFrom(31, 32, 33, 40, 41, 56, 63, 64, 65, 96, 127, 128),
    fc.constantFrom(...'09afAFg'.split('')),
  )
  .map(([prefix, length, digit]) => prefix + digit.repeat(length))

/** `text` with pieces of dirt put in at any place, the ends more often than the middle. */
function soiled(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const piece = fc.tuple(
    fc.constantFrom(...dirt),
    fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true })),
  )
  return fc.tuple(text, fc.array(piece, { maxLength: 3 })).map(([clean, pieces]) => {
    let value = clean
    for (const [what, where] of pieces) {
      const at = Math.floor(where * value.length)
      value = value.slice(0, at) + what + value.slice(at)
    }
    return value
  })
}

const table = emailCases.flatMap(({ raw }) => (raw === null || raw.length > 1000 ? [] : [raw]))

/**
 * Raw values near the border between valid and invalid: clean addresses, lengths at the limits, hashes, cases of the
 * table, any Unicode, each with and without dirt at the ends and in the middle. Never a lone surrogate, which UTF-8 cannot carry.
 */
export const dirtyEmail: fc.Arbitrary<string> = fc
  .oneof(
    { weight: 2, arbitrary: address },
    { weight: 5, arbitrary: soiled(address) },
    { weight: 1, arbitrary: soiled(hashLike) },
    { weight: 1, arbitrary: soiled(fc.constantFrom(...table)) },
    { weight: 1, arbitrary: fc.string({ unit: anyCharacter, maxLength: 20 }) },
    {
      weight: 1,
      arbitrary: fc.array(fc.constantFrom(...dirt), { maxLength: 6 }).map((pieces) => pieces.join('')),
    },
  )
  .map((value) => value.toWellFormed())
