import { randomBytes } from 'node:crypto'
import * as fc from 'fast-check'
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
  // Few, so that places often differ in one of the two alone; dotted ones, so that none passes for two.
  const anyId = fc.constantFrom('a', 'b', 'a.b', 'b.a', '')
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

test('not one byte of it can be changed', () => {
  const sealed = sealer.seal('a refresh token', place)
  const [version, keyId, body = ''] = sealed.split('.')
  const bytes = Buffer.from(body, 'base64url')
  for (const index of bytes.keys()) {
    const changed = Buffer.from(bytes)
    changed[index] = (bytes[index] ?? 0) ^ 1
    expect(() => sealer.open(`${version}.${keyId}.${changed.toString('base64url')}`, place)).toThrow(WRONG)
  }
  expect(() => sealer.open(`v2.${keyId}.${body}`, place)).toThrow(WRONG)
  expect(() => sealer.open(`${version}.${keyId?.slice(1)}.${body}`, place)).toThrow(WRONG)
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
