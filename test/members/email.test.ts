import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkEmail, checkHash, EMAIL_CHARS_MAX, hashEmail } from '../../src/members/email.ts'
import { invisibleInside, TRIM_CHARS } from '../../src/members/invisible.ts'
import { maskEmail } from '../../src/members/mask.ts'
import { dirtyEmail } from '../conformance/dirty-email.ts'
import { emailCases, hashCases, maskCases } from '../conformance/emails.ts'

describe('an address gets the verdict of the conformance table', () => {
  test.each(emailCases)('$about', ({ raw, email, hash, reason }) => {
    const verdict = checkEmail(raw)
    expect(verdict).toEqual(email === null ? { ok: false, reason } : { ok: true, email })
    expect(verdict.ok ? hashEmail(verdict.email) : null).toBe(hash)
  })
})

test('the table is wide and has no value twice', () => {
  expect(emailCases.length).toBeGreaterThan(200)
  expect(new Set(emailCases.map(({ raw }) => raw)).size).toBe(emailCases.length)
})

describe('a hash gets the verdict of the table', () => {
  test.each(hashCases)('$about', ({ raw, hash, reason }) => {
    expect(checkHash(raw)).toEqual(hash === null ? { ok: false, reason } : { ok: true, hash })
  })
})

test('the white space that is trimmed is that of JavaScript, in all of Unicode', () => {
  const trimmed: string[] = []
  for (let point = 0; point <= 0x10ffff; point += 1) {
    const sign = String.fromCodePoint(point)
    // Signs without width, beside white space as Unicode defines it.
    if (
      /^[\p{White_Space}\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]$/u.test(sign)
    )
      trimmed.push(sign)
  }
  expect(TRIM_CHARS.split('').toSorted()).toEqual(trimmed.toSorted())
})

test('a valid address is ASCII, short enough, and stays as it is when checked again', () => {
  let valid = 0
  fc.assert(
    fc.property(dirtyEmail, (raw) => {
      const verdict = checkEmail(raw)
      if (!verdict.ok) return
      valid += 1
      expect(verdict.email).toMatch(/^[\u0021-\u007e]+$/)
      expect(verdict.email.length).toBeLessThanOrEqual(EMAIL_CHARS_MAX)
      expect(checkEmail(verdict.email)).toEqual(verdict)
      expect(raw.toLowerCase()).toContain(verdict.email)
    }),
    { numRuns: 5000 },
  )
  expect(valid).toBeGreaterThan(250)
})

test('white space around and capitals never change the verdict', () => {
  const spaces = fc.string({ unit: fc.constantFrom(...TRIM_CHARS.split('')), maxLength: 4 })
  fc.assert(
    fc.property(dirtyEmail, spaces, spaces, (raw, before, after) => {
      expect(checkEmail(before + raw + after)).toEqual(checkEmail(raw))
      const capitals = raw.replaceAll(/[a-z]/g, (letter) => letter.toUpperCase())
      expect(checkEmail(capitals).ok).toBe(checkEmail(raw).ok)
    }),
    { numRuns: 2000 },
  )
})

test('a megabyte of near misses is judged at once', () => {
  for (const raw of ['a.'.repeat(2 ** 19), `${'a-'.repeat(2 ** 19)}@`, `a@${'a-.'.repeat(2 ** 18)}`]) {
    expect(checkEmail(raw).ok).toBe(false)
    maskEmail(raw)
  }
})

describe('a masked value', () => {
  test.each(maskCases)('of $raw', ({ raw, masked }) => {
    expect(maskEmail(raw)).toBe(masked)
  })

  test('shows two characters and a short last label at most, and is of one length', () => {
    fc.assert(
      fc.property(dirtyEmail, (raw) => {
        expect(maskEmail(raw)).toMatch(
          /^(?:|[0-9A-Za-z/+\\]{4}…|[A-Za-z0-9]?•{5}|[A-Za-z0-9]?•{5}@[A-Za-z0-9]?•{4}(?:\.[A-Za-z]{2,6})?)$/,
        )
      }),
      { numRuns: 5000 },
    )
  })
})

test('signs that nobody sees are named where they stand inside a value, and not at its ends', () => {
  expect(invisibleInside('\u200ba\u200bn\u200bn@exam\u00a0ple.com\u200f')).toEqual([
    'zero-width space',
    'no-break space',
  ])
  expect(invisibleInside('ann@example.com')).toEqual([])
  expect(invisibleInside(null)).toEqual([])
})
