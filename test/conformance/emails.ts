import { createHash } from 'node:crypto'
import type { InvalidReason } from '../../src/audience/email.ts'

/**
 * One table for every engine: what becomes of a raw value. Verdicts are written by hand and never computed by the code
 * under test. Domains are reserved ones only.
 */
export interface EmailCase {
  readonly about: string
  readonly raw: string | null
  /** The address as it is hashed, or null when the value is invalid. */
  readonly email: string | null
  /** SHA-256 of `email` as lower-case hexadecimal text, or null. */
  readonly hash: string | null
  readonly reason: InvalidReason | null
}

function valid(about: string, raw: string, email: string, hash = sha256(email)): EmailCase {
  return { about, raw, email, hash, reason: null }
}

function invalid(reason: InvalidReason, about: string, raw: string | null): EmailCase {
  return { about, raw, email: null, hash: null, reason }
}

function sha256(text: string): string {
  return createHash('sha256').update(Buffer.from(text, 'utf8')).digest('hex')
}

const label63 = 'd'.repeat(63)
const local64 = 'l'.repeat(64)
/** With a local part of 64 characters and the `@` just 254 in all. */
const domain189 = `${label63}.${label63}.${'d'.repeat(61)}`
const md5 = '5d41402abc4b2a76b9719d911017c592'
const sha1 = 'aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d'
const sha224 = 'ea09ae9cc6768c50fcee903ed054556e5bfc8347907f12598aa24193'
const sha256Hex = '973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e813b'
const sha384 = sha256Hex + md5
const sha512 = sha256Hex + sha256Hex
/** White space of every kind that is trimmed, U+0020 and line ends included. */
const trimmed: readonly (readonly [string, string])[] = [
  ['space', ' '],
  ['tab', '\t'],
  ['line feed', '\n'],
  ['vertical tab', '\v'],
  ['form feed', '\f'],
  ['carriage return', '\r'],
  ['CR LF', '\r\n'],
  ['no-break space', '\u00a0'],
  ['ogham space', '\u1680'],
  ['en quad', '\u2000'],
  ['em quad', '\u2001'],
  ['en space', '\u2002'],
  ['em space', '\u2003'],
  ['three-per-em space', '\u2004'],
  ['four-per-em space', '\u2005'],
  ['six-per-em space', '\u2006'],
  ['figure space', '\u2007'],
  ['punctuation space', '\u2008'],
  ['thin space', '\u2009'],
  ['hair space', '\u200a'],
  ['line separator', '\u2028'],
  ['paragraph separator', '\u2029'],
  ['narrow no-break space', '\u202f'],
  ['mathematical space', '\u205f'],
  ['ideographic space', '\u3000'],
  ['byte order mark', '\ufeff'],
  ['a mix of them', ' \t\u00a0\r\n\u3000\ufeff\u2003 '],
]
/** Looks like white space or nothing at all, but is not trimmed. */
const notTrimmed: readonly (readonly [string, string])[] = [
  ['next line', '\u0085'],
  ['zero-width space', '\u200b'],
  ['zero-width joiner', '\u200d'],
  ['word joiner', '\u2060'],
  ['soft hyphen', '\u00ad'],
  ['mongolian vowel separator', '\u180e'],
  ['right-to-left mark', '\u200f'],
  ['braille blank', '\u2800'],
]

export const emailCases: readonly EmailCase[] = [
  valid(
    'plain',
    'test@example.com',
    'test@example.com',
    '973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e813b',
  ),
  valid(
    'upper case is lowered',
    'TEST@EXAMPLE.COM',
    'test@example.com',
    '973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e813b',
  ),
  valid('mixed case is lowered', 'Ann.Lee@Example.Org', 'ann.lee@example.org'),
  valid(
    'every capital letter',
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ@EXAMPLE.NET',
    'abcdefghijklmnopqrstuvwxyz@example.net',
  ),
  valid('dots stay', 'a.n.n@example.com', 'a.n.n@example.com'),
  valid('plus tag stays', 'ann+shop@example.com', 'ann+shop@example.com'),
  valid('several plus tags stay', 'ann+a+b@example.com', 'ann+a+b@example.com'),
  valid('plus alone', '+@example.com', '+@example.com'),
  valid('minus and underscore', '-ann_lee-@example.com', '-ann_lee-@example.com'),
  valid('digits only', '0123456789@example.com', '0123456789@example.com'),
  valid('one letter', 'a@example.com', 'a@example.com'),
  valid('shortest', 'a@b.test', 'a@b.test'),
  valid('apostrophe', "o'neil@example.com", "o'neil@example.com"),
  valid(
    'every sign a local part may hold',
    "!#$%&'*+/=?^_`{|}~-@example.com",
    "!#$%&'*+/=?^_`{|}~-@example.com",
  ),
  valid('slash and equals', 'a/b=c@example.com', 'a/b=c@example.com'),
  valid('percent', 'a%b@example.com', 'a%b@example.com'),
  valid('digits in the domain', 'ann@123.example.com', 'ann@123.example.com'),
  valid('numbers for a domain', 'ann@192.0.2.1', 'ann@192.0.2.1'),
  valid('one-letter labels', 'ann@a.b.c.test', 'ann@a.b.c.test'),
  valid('hyphens inside a label', 'ann@a--b-c.example.com', 'ann@a--b-c.example.com'),
  valid('many labels', 'ann@a.b.c.d.e.f.g.h.i.j.example.com', 'ann@a.b.c.d.e.f.g.h.i.j.example.com'),
  valid(
    'internationalised domain in its ASCII form',
    'ann@xn--bcher-kva.example',
    'ann@xn--bcher-kva.example',
  ),
  valid('ASCII form in capitals', 'ann@XN--BCHER-KVA.EXAMPLE', 'ann@xn--bcher-kva.example'),
  valid('long top label', 'ann@example.international', 'ann@example.international'),
  valid('local part of 64', `${local64}@example.com`, `${local64}@example.com`),
  valid('domain label of 63', `ann@${label63}.test`, `ann@${label63}.test`),
  valid('254 in all', `${local64}@${domain189}`, `${local64}@${domain189}`),
  valid('254 in all after trimming', `  ${local64}@${domain189}\t`, `${local64}@${domain189}`),
  valid('a hash as local part', `${sha1}@example.com`, `${sha1}@example.com`),
  valid('the word null as local part', 'null@example.com', 'null@example.com'),
  valid('looks like a number', '1e5@example.com', '1e5@example.com'),
  valid('formula sign first', '=1+1@example.com', '=1+1@example.com'),
  valid('letters next to the Kelvin sign in the alphabet', 'kKsSiI@example.com', 'kkssii@example.com'),
  ...trimmed.flatMap(([name, space]) => [
    valid(`${name} before and after`, `${space}Ann@example.com${space}`, 'ann@example.com'),
    invalid('blank', `${name} alone`, space),
  ]),
  valid('a hundred spaces', `${' '.repeat(100)}ann@example.com${' '.repeat(100)}`, 'ann@example.com'),

  invalid('blank', 'SQL NULL', null),
  invalid('blank', 'empty', ''),
  invalid('blank', 'a thousand spaces', ' '.repeat(1000)),

  ...notTrimmed.flatMap(([name, sign]) => [
    invalid('non_ascii', `${name} after`, `ann@example.com${sign}`),
    invalid('non_ascii', `${name} alone`, sign),
  ]),
  invalid('non_ascii', 'I with a dot is not i', 'İpek@example.com'),
  invalid('non_ascii', 'dotless i', 'ıpek@example.com'),
  invalid('non_ascii', 'Kelvin sign is not k', '\u212ate@example.com'),
  invalid('non_ascii', 'Kelvin sign in the domain', 'ann@\u212a.example.com'),
  invalid('non_ascii', 'Angstrom sign', '\u212b@example.com'),
  invalid('non_ascii', 'long s is not s', 'ſam@example.com'),
  invalid('non_ascii', 'sharp s', 'groß@example.com'),
  invalid('non_ascii', 'capital sharp s', 'GROẞ@example.com'),
  invalid('non_ascii', 'final sigma', 'ΣΑΣ@example.com'),
  invalid('non_ascii', 'accent, composed', 'zoé@example.com'),
  invalid('non_ascii', 'accent, decomposed', 'zoe\u0301@example.com'),
  invalid('non_ascii', 'ligature', 'ﬁnn@example.com'),
  invalid('non_ascii', 'full-width @', 'ann\uff20example.com'),
  invalid('non_ascii', 'small @', 'ann\ufe6bexample.com'),
  invalid('non_ascii', 'full-width letters', 'ａｎｎ@example.com'),
  invalid('non_ascii', 'full-width dot', 'ann@example．com'),
  invalid('non_ascii', 'ideographic full stop', 'ann@example。com'),
  invalid('non_ascii', 'Cyrillic a', 'аnn@example.com'),
  invalid('non_ascii', 'internationalised domain', 'ann@bücher.example'),
  invalid('non_ascii', 'internationalised domain in Japanese', 'ann@例え.テスト'),
  invalid('non_ascii', 'internationalised local part', '用户@example.com'),
  invalid('non_ascii', 'emoji beyond U+FFFF', '\u{1f600}@example.com'),
  invalid('non_ascii', 'emoji alone', '\u{1f4e7}'),
  invalid('non_ascii', 'curly apostrophe', 'o’neil@example.com'),
  invalid('non_ascii', 'en dash', 'ann–lee@example.com'),
  invalid('non_ascii', 'no-break space inside', 'ann\u00a0lee@example.com'),
  invalid('non_ascii', 'byte order mark inside', 'ann@\ufeffexample.com'),
  invalid('non_ascii', 'first sign beyond ASCII', 'ann\u0080@example.com'),
  invalid('non_ascii', 'last sign of Latin-1', 'ÿ@example.com'),
  invalid('non_ascii', 'last code point', '\u{10ffff}@example.com'),
  invalid('non_ascii', 'replacement character', 'ann\ufffd@example.com'),
  invalid('non_ascii', 'UTF-8 read as Latin-1', 'zoÃ©@example.com'),
  invalid('non_ascii', 'no @ at all', 'müller'),
  invalid('non_ascii', 'too long as well', `${'ü'.repeat(300)}@example.com`),
  invalid('non_ascii', 'a hash with a zero-width space', `${sha256Hex}\u200b`),
  invalid('non_ascii', 'lone high surrogate', 'ann\ud83d@example.com'),
  invalid('non_ascii', 'lone low surrogate', '\ude00@example.com'),
  invalid('non_ascii', 'control character as well', 'zo\u0001é@example.com'),

  invalid('already_hashed', 'SHA-256', sha256Hex),
  invalid('already_hashed', 'SHA-256 in capitals', sha256Hex.toUpperCase()),
  invalid('already_hashed', 'SHA-256 with spaces around', ` ${sha256Hex}\r\n`),
  invalid('already_hashed', 'SHA-256 with 0x', `0x${sha256Hex}`),
  invalid('already_hashed', 'SHA-256 with 0X', `0X${sha256Hex.toUpperCase()}`),
  invalid('already_hashed', 'SHA-256 as PostgreSQL prints bytes', `\\x${sha256Hex}`),
  invalid('already_hashed', 'MD5', md5),
  invalid('already_hashed', 'MD5 with 0x', `0x${md5}`),
  invalid('already_hashed', 'MD5 in capitals', md5.toUpperCase()),
  invalid('already_hashed', 'SHA-1', sha1),
  invalid('already_hashed', 'SHA-1 as bytes', `\\x${sha1}`),
  invalid('already_hashed', 'SHA-224', sha224),
  invalid('already_hashed', 'SHA-384', sha384),
  invalid('already_hashed', 'SHA-512', sha512),
  invalid('already_hashed', 'digits only, as long as MD5', '1'.repeat(32)),
  invalid('already_hashed', 'MD5 in Base64', 'XUFAKrxLKna5cZ2REBfFkg=='),
  invalid('already_hashed', 'SHA-1 in Base64', 'qvTGHdzF6KLavt4PO0gs2a6pQ00='),
  invalid('already_hashed', 'SHA-256 in Base64', 'lz3+Rj7IV4X1+Vr1ujkG7tstkxwk5pgkqJ6mXbpOgTs='),
  invalid('already_hashed', 'SHA-512 in Base64', `${'q'.repeat(86)}==`),

  invalid('too_long', 'local part of 65', `${local64}l@example.com`),
  invalid('too_long', 'local part of 65 with a wrong sign', `${local64}(@example.com`),
  invalid('too_long', '255 in all', `${local64}@${domain189}d`),
  invalid('too_long', '255 in all, domain alone', `a@${'d.'.repeat(126)}d`),
  invalid('too_long', 'long and without a dot', `ann@${'d'.repeat(251)}`),
  invalid('too_long', 'long with two @', `ann@${'d'.repeat(200)}@${'d'.repeat(60)}.com`),
  invalid('too_long', 'a megabyte', `${'l'.repeat(2 ** 20)}@example.com`),
  invalid('too_long', 'addresses in one field', 'ann@example.com,'.repeat(20)),
  invalid('too_long', 'local part too long by inner spaces', `a${' '.repeat(64)}@example.com`),

  invalid('syntax', 'no @, 300 characters', 'x'.repeat(300)),
  invalid('syntax', 'no @', 'example.com'),
  invalid('syntax', 'one letter alone', 'a'),
  invalid('syntax', 'only @', '@'),
  invalid('syntax', 'nothing before @', '@example.com'),
  invalid('syntax', 'nothing after @', 'ann@'),
  invalid('syntax', 'two @', 'ann@lee@example.com'),
  invalid('syntax', 'doubled @', 'ann@@example.com'),
  invalid('syntax', '@ at the end', 'ann@example.com@'),
  invalid('syntax', 'no dot in the domain', 'ann@localhost'),
  invalid('syntax', 'trailing dot in the domain', 'ann@example.com.'),
  invalid('syntax', 'leading dot in the domain', 'ann@.example.com'),
  invalid('syntax', 'doubled dot in the domain', 'ann@example..com'),
  invalid('syntax', 'domain of one dot', 'ann@.'),
  invalid('syntax', 'leading dot', '.ann@example.com'),
  invalid('syntax', 'trailing dot', 'ann.@example.com'),
  invalid('syntax', 'doubled dot', 'ann..lee@example.com'),
  invalid('syntax', 'dot alone', '.@example.com'),
  invalid('syntax', 'label starts with a hyphen', 'ann@-example.com'),
  invalid('syntax', 'label ends with a hyphen', 'ann@example-.com'),
  invalid('syntax', 'last label ends with a hyphen', 'ann@example.com-'),
  invalid('syntax', 'label of a hyphen', 'ann@-.example.com'),
  invalid('syntax', 'label of 64', `ann@${label63}d.test`),
  invalid('syntax', 'last label of 64', `ann@example.${label63}d`),
  invalid('syntax', 'underscore in the domain', 'ann@exam_ple.com'),
  invalid('syntax', 'plus in the domain', 'ann@exam+ple.com'),
  invalid('syntax', 'address literal', 'ann@[192.0.2.1]'),
  invalid('syntax', 'port', 'ann@example.com:25'),
  invalid('syntax', 'path', 'ann@example.com/shop'),
  invalid('syntax', 'quoted local part', '"ann lee"@example.com'),
  invalid('syntax', 'quoted whole', '"ann@example.com"'),
  invalid('syntax', 'single quotes around', "'ann@example.com'"),
  invalid('syntax', 'space inside', 'ann lee@example.com'),
  invalid('syntax', 'space before @', 'ann @example.com'),
  invalid('syntax', 'space after @', 'ann@ example.com'),
  invalid('syntax', 'space in the domain', 'ann@example .com'),
  invalid('syntax', 'tab inside', 'ann\tlee@example.com'),
  invalid('syntax', 'line feed inside', 'ann\nlee@example.com'),
  invalid('syntax', 'two lines', 'ann@example.com\nlee@example.com'),
  invalid('syntax', 'CR LF inside', 'ann@example.com\r\nlee'),
  invalid('syntax', 'NUL byte inside', 'ann\u0000@example.com'),
  invalid('syntax', 'NUL byte at the end', 'ann@example.com\u0000'),
  invalid('syntax', 'NUL byte alone', '\u0000'),
  invalid('syntax', 'bell', 'ann\u0007@example.com'),
  invalid('syntax', 'escape', '\u001b[31mann@example.com'),
  invalid('syntax', 'unit separator at the end', 'ann@example.com\u001f'),
  invalid('syntax', 'file separator at the start', '\u001cann@example.com'),
  invalid('syntax', 'delete', 'ann\u007f@example.com'),
  invalid('syntax', 'mailto', 'mailto:ann@example.com'),
  invalid('syntax', 'angle brackets', '<ann@example.com>'),
  invalid('syntax', 'name and angle brackets', 'Ann Lee <ann@example.com>'),
  invalid('syntax', 'two with a comma', 'ann@example.com,lee@example.com'),
  invalid('syntax', 'two with a semicolon', 'ann@example.com;lee@example.com'),
  invalid('syntax', 'trailing comma', 'ann@example.com,'),
  invalid('syntax', 'comma for a dot', 'ann@example,com'),
  invalid('syntax', 'semicolon first', ';ann@example.com'),
  invalid('syntax', 'brackets', 'ann(lee)@example.com'),
  invalid('syntax', 'backslash', 'ann\\lee@example.com'),
  invalid('syntax', 'colon', 'ann:lee@example.com'),
  invalid('syntax', 'SQL quote and comment', "'; drop table x; --@example.com"),
  invalid('syntax', 'percent encoding of @', 'ann%40example.com'),
  invalid('syntax', 'entity for @', 'ann&#64;example.com'),
  invalid('syntax', '@ in words', 'ann at example dot com'),
  invalid('syntax', 'the text NULL', 'NULL'),
  invalid('syntax', 'the text null', 'null'),
  invalid('syntax', 'not available', 'n/a'),
  invalid('syntax', 'COPY null', '\\N'),
  invalid('syntax', 'dash', '-'),
  invalid('syntax', 'number', '12345'),
  invalid('syntax', 'phone number', '+1 555 0100'),
  invalid('syntax', 'web address', 'https://example.com'),
  invalid('syntax', 'JSON', '{"email":"ann@example.com"}'),
  invalid('syntax', 'hexadecimal of no known length: 63', sha256Hex.slice(1)),
  invalid('syntax', 'hexadecimal of no known length: 65', `${sha256Hex}0`),
  invalid('syntax', 'hexadecimal of no known length: 31', md5.slice(1)),
  invalid('syntax', '64 characters, one of them not hexadecimal', `${sha256Hex.slice(1)}g`),
  invalid('syntax', '0x alone', '0x'),
  invalid('syntax', '0x twice', `0x0x${md5}`),
  invalid('syntax', 'UUID', '6ba7b810-9dad-11d1-80b4-00c04fd430c8'),
  invalid('syntax', 'hash with a word before', `sha256:${sha256Hex}`),
  invalid('syntax', 'hash with a space inside', `${sha256Hex.slice(0, 32)} ${sha256Hex.slice(32, 63)}`),
]

/** The same for columns of hashes (`--hashed`): raw value and the hash that is sent, or the reason it is not. */
export const hashCases: readonly {
  readonly about: string
  readonly raw: string | null
  readonly hash: string | null
  readonly reason: InvalidReason | null
}[] = [
  { about: 'lower case', raw: sha256Hex, hash: sha256Hex, reason: null },
  { about: 'capitals are lowered', raw: sha256Hex.toUpperCase(), hash: sha256Hex, reason: null },
  { about: 'white space around', raw: `\u00a0\t${sha256Hex}\r\n`, hash: sha256Hex, reason: null },
  { about: 'zeros', raw: '0'.repeat(64), hash: '0'.repeat(64), reason: null },
  { about: 'SQL NULL', raw: null, hash: null, reason: 'blank' },
  { about: 'empty', raw: '', hash: null, reason: 'blank' },
  { about: 'white space', raw: ' \t\u3000', hash: null, reason: 'blank' },
  { about: 'an address', raw: 'test@example.com', hash: null, reason: 'not_a_hash' },
  { about: 'MD5', raw: md5, hash: null, reason: 'not_a_hash' },
  { about: 'SHA-1', raw: sha1, hash: null, reason: 'not_a_hash' },
  { about: 'SHA-512', raw: sha512, hash: null, reason: 'not_a_hash' },
  { about: 'with 0x', raw: `0x${sha256Hex}`, hash: null, reason: 'not_a_hash' },
  { about: 'with \\x', raw: `\\x${sha256Hex}`, hash: null, reason: 'not_a_hash' },
  { about: '63 digits', raw: sha256Hex.slice(1), hash: null, reason: 'not_a_hash' },
  { about: '65 digits', raw: `${sha256Hex}0`, hash: null, reason: 'not_a_hash' },
  { about: 'a letter beyond f', raw: `${sha256Hex.slice(1)}g`, hash: null, reason: 'not_a_hash' },
  { about: 'a full-width digit', raw: `${sha256Hex.slice(1)}０`, hash: null, reason: 'not_a_hash' },
  { about: 'a zero-width space', raw: `${sha256Hex}\u200b`, hash: null, reason: 'not_a_hash' },
  { about: 'a line feed inside', raw: `${sha256Hex.slice(0, 63)}\na`, hash: null, reason: 'not_a_hash' },
  { about: 'Base64', raw: 'lz3+Rj7IV4X1+Vr1ujkG7tstkxwk5pgkqJ6mXbpOgTs=', hash: null, reason: 'not_a_hash' },
]

/** What people see of a raw value. */
export const maskCases: readonly { readonly raw: string | null; readonly masked: string }[] = [
  { raw: 'jane.doe@gmail.test', masked: 'j•••••@g••••.test' },
  { raw: ' Jane@Example.COM ', masked: 'J•••••@E••••.COM' },
  { raw: 'a@b.co', masked: 'a•••••@b••••.co' },
  { raw: 'ann@mail.shop.example.org', masked: 'a•••••@m••••.org' },
  { raw: 'ann@localhost', masked: 'a•••••@l••••' },
  { raw: 'ann@example.annabel', masked: 'a•••••@e••••' },
  { raw: 'ann@example.com.', masked: 'a•••••@e••••' },
  { raw: 'ann@192.0.2.1', masked: 'a•••••@1••••' },
  { raw: 'zoé@example.com', masked: 'z•••••@e••••.com' },
  { raw: 'émile@example.com', masked: '•••••@e••••.com' },
  { raw: '"ann lee"@example.com', masked: '•••••@e••••.com' },
  { raw: '=cmd()@example.com', masked: '•••••@e••••.com' },
  { raw: 'ann\nlee@example.com', masked: 'a•••••@e••••.com' },
  { raw: 'ann@@example.com', masked: 'a•••••' },
  { raw: 'ann@example.com,lee@example.com', masked: 'a•••••' },
  { raw: '@', masked: '•••••@••••' },
  { raw: '@example.com', masked: '•••••@e••••.com' },
  { raw: 'ann@', masked: 'a•••••@••••' },
  { raw: 'ann', masked: 'a•••••' },
  { raw: 'a', masked: 'a•••••' },
  { raw: '+1 555 0100', masked: '•••••' },
  { raw: 'x'.repeat(5000), masked: 'x•••••' },
  { raw: '\u0000', masked: '•••••' },
  { raw: '用户', masked: '•••••' },
  { raw: sha256Hex, masked: '973d…' },
  { raw: ` ${md5} `, masked: '5d41…' },
  { raw: '', masked: '' },
  { raw: ' \t\u00a0', masked: '' },
  { raw: null, masked: '' },
]
