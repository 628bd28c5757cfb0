import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSealer } from '../../src/access/seal.ts'

const key = randomBytes(32)
const sealer = createSealer(key)
const place = { table: 'credential', id: 'cr_1' }
const anyPlace = fc.record({ table: fc.string(), id: fc.string() })
const WRONG = expect.objectContaining({ code: 'secret_key_wrong' }) as Error

test('what is sealed opens in its place, unchanged', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), anyPlace, (text, somewhere) => {
      expect(sealer.open(sealer.seal(text, somewhere), somewhere)).toBe(text)
    }),
  )
})

test('it opens in no other place', () => {
  const anyId = fc.stringMatching(/^[a-z_0-9]{1,8}$/)
  const ourPlace = fc.record({ table: anyId, id: anyId })
  fc.assert(
    fc.property(fc.string(), ourPlace, ourPlace, (text, one, other) => {
      fc.pre(one.table !== other.table || one.id !== other.id)
      expect(() => sealer.open(sealer.seal(text, one), other)).toThrow(WRONG)
    }),
  )
})

test('it opens with no other key', () => {
  const other = createSealer(randomBytes(32))
  expect(() => other.open(sealer.seal('secret', place), place)).toThrow(WRONG)
})

test('not one character of it can be changed', () => {
  const sealed = sealer.seal('a refresh token', place)
  for (let index = 0; index < sealed.length; index += 1) {
    const changed = sealed[index] === 'A' ? 'B' : 'A'
    const forged = `${sealed.slice(0, index)}${changed}${sealed.slice(index + 1)}`
    // The last character of base64url holds bits that mean nothing.
    const isSame = Buffer.from(forged, 'base64url').equals(Buffer.from(sealed, 'base64url'))
    if (index < sealed.length - 1 || !isSame) {
      expect(() => sealer.open(forged, place), `character ${index}`).toThrow(WRONG)
    }
  }
})

test('neither a part of it nor any other text opens', () => {
  const sealed = sealer.seal('a refresh token', place)
  for (let length = 0; length < sealed.length; length += 1) {
    expect(() => sealer.open(sealed.slice(0, length), place), `${length} characters`).toThrow(WRONG)
  }
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(() => sealer.open(text, place)).toThrow(WRONG)
    }),
  )
})

test('the sealed text tells neither the text nor whether two are the same', () => {
  const text = 'pinr.a-refresh-token-of-forty-characters'
  const sealed = sealer.seal(text, place)
  expect(sealed).not.toContain(text)
  expect(Buffer.from(sealed.split('.')[2] ?? '', 'base64url').includes(text)).toBe(false)
  expect(sealer.seal(text, place)).not.toBe(sealed)
})

test('a digest is the same for the same text, and only the key makes it', () => {
  expect(sealer.digest('x')).toBe(createSealer(key).digest('x'))
  expect(sealer.digest('x')).not.toBe(sealer.digest('y'))
  expect(sealer.digest('x')).not.toBe(createSealer(randomBytes(32)).digest('x'))
})
