import { describe, expect, test } from 'vitest'
import type { FoundForm } from '../../../src/members/hash-form.ts'
import { mixUpHint, mixUpOf } from '../../../src/destinations/customer-list/judging/mix-up.ts'

type Forms = Partial<Record<FoundForm, number>>

const hashes = (foundForms: Forms) => ({ invalidByReason: { already_hashed: 3 }, foundForms })
const others = (foundForms: Forms) => ({ invalidByReason: { not_a_hash: 3 }, foundForms })

describe('hashes instead of addresses', () => {
  test.each<[string, Forms, RegExp]>([
    [
      'SHA-256 may be sent as it is',
      { sha256: 3 },
      /3 rows .*\(SHA-256\)\. Return plain addresses\. Or, .*"The source holds hashes"/,
    ],
    [
      'bytes of PostgreSQL',
      { sha256_x: 3 },
      /\(SHA-256 with \\x in front\).*64 hexadecimal digits, without \\x.*encode\(hash, 'hex'\).*"The source holds hashes"/,
    ],
    ['0x', { sha256_0x: 3 }, /\(SHA-256 with 0x in front\).*64 hexadecimal digits/],
    ['Base64', { sha256_base64: 3 }, /\(SHA-256 in Base64\).*64 hexadecimal digits/],
    [
      'MD5 and SHA-1',
      { sha1: 1, md5: 2 },
      /\(MD5, SHA-1\)\. Return plain addresses: Rollcall sends only SHA-256/,
    ],
  ])('%s', (_, forms, message) => {
    expect(mixUpOf(hashes(forms))).toMatchObject({
      code: 'already_hashed',
      message: expect.stringMatching(message),
    })
    expect(mixUpHint(hashes(forms))).toMatch(/^; there are 3 rows with a hash/)
  })

  test('a form that --hashed would refuse is not sent there', () => {
    expect(mixUpOf(hashes({ md5: 3 }))?.message).not.toContain('The source holds hashes')
  })
})

describe('no hashes with --hashed', () => {
  test.each<[string, Forms, RegExp]>([
    ['addresses', { address: 3 }, /\(addresses\)\. If these are plain addresses, do not mark/],
    [
      'bytes of PostgreSQL',
      { sha256_x: 3 },
      /\(SHA-256 with \\x in front\)\. Write each hash as 64 hexadecimal digits/,
    ],
    ['MD5', { md5: 3 }, /\(MD5\)\. Return plain addresses, and do not mark the source as hashes/],
    ['anything else', {}, /\(another form\)\. If these are plain addresses, do not mark/],
  ])('%s', (_, forms, message) => {
    expect(mixUpOf(others(forms))).toMatchObject({
      code: 'not_a_hash',
      message: expect.stringMatching(message),
    })
  })
})

test('outputs of earlier versions, which do not say what was found, are told too', () => {
  expect(mixUpOf({ invalidByReason: { already_hashed: 1 } })?.message).toContain('1 row with a hash')
  expect(mixUpOf({ invalidByReason: { blank: 1 } })).toBeNull()
  expect(mixUpHint({ invalidByReason: {} })).toBe('')
})
