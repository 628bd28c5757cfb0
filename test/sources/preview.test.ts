import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defaultLimits } from '../../src/base/limits.ts'
import { cellCharsMax, cellOf, columnOf, emailColumnProblem, withinTime } from '../../src/sources/preview.ts'
import { anyCharacter } from '../support/any-character.ts'

describe('a cell', () => {
  test.each([
    ['12', 'number', 12],
    ['-0.5', 'number', -0.5],
    ['1.50', 'number', 1.5],
    ['1e+300', 'number', 1e300],
    ['0.30000000000000004', 'number', 0.1 + 0.2],
    ['999999999999999', 'number', 999_999_999_999_999],
    ['12345678901234567', 'number', '12345678901234567'],
    ['0.1000000000000000055511151231257827', 'number', '0.1000000000000000055511151231257827'],
    ['NaN', 'number', 'NaN'],
    ['-Infinity', 'number', '-Infinity'],
    ['true', 'boolean', true],
    ['false', 'boolean', false],
    ['true', 'text', 'true'],
    ['007', 'text', '007'],
    ['', 'text', ''],
    [null, 'number', null],
  ] as const)('%j of a column of %s is %j', (text, kind, value) => {
    expect(cellOf(text, kind, 500)).toBe(value)
  })

  test('that is long is cut between characters, and says so', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter }), fc.integer({ min: 1, max: 12 }), (text, charsMax) => {
        const cell = String(cellOf(text, 'text', charsMax))
        const chars = Array.from(text)
        expect(cell).toBe(chars.length > charsMax ? `${chars.slice(0, charsMax).join('')}…` : text)
      }),
    )
  })

  test('is never so long that a preview gets huge', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 0, max: 500 }), (rows, columns) => {
        const charsMax = cellCharsMax(rows, columns)
        expect(charsMax).toBeGreaterThanOrEqual(20)
        expect(charsMax).toBeLessThanOrEqual(500)
        expect(charsMax * rows * columns).toBeLessThanOrEqual(10_000_000)
      }),
    )
    expect(cellCharsMax(100, 100)).toBe(500)
  })
})

describe('the type of a column', () => {
  test.each([
    ['BIGINT', 'BIGINT'],
    ['DECIMAL(18,3)', 'DECIMAL(18,3)'],
    ['TIMESTAMP WITH TIME ZONE', 'TIMESTAMP WITH TIME ZONE'],
    ['timestamp(3) without time zone', 'timestamp(3) without time zone'],
    ['character varying(10)[]', 'character varying(10)[]'],
    ['"char"', '"char"'],
    ['sales."Kind"', 'sales."Kind"'],
    ["ENUM('ann@example.com', 'bob@example.com')", 'ENUM'],
    ['STRUCT("ann@example.com" BIGINT)', 'STRUCT'],
    ['MAP(VARCHAR, STRUCT(a INTEGER))[]', 'MAP'],
    ['', 'other'],
  ])('%s is shown as %s', (type, shown) => {
    expect(columnOf('x', type).type).toBe(shown)
  })

  test('and its name have an end', () => {
    const { name, type } = columnOf('n'.repeat(100_000), `S${'x'.repeat(100_000)}(`)
    expect(name.length + type.length).toBeGreaterThan(200)
    expect(name.length).toBeLessThan(300)
  })
})

test('an e-mail column that is missing or there twice is told in a sentence', () => {
  expect(emailColumnProblem(['id', 'Email'], 'email')).toBeNull()
  expect(emailColumnProblem(['id', 'mail'], 'email')).toContain('has no column "email". It has "id", "mail".')
  expect(emailColumnProblem(['email', 'email'], 'email')).toContain('2 columns named "email"')
})

const never = async (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))))

describe('time that is up', () => {
  const limits = { ...defaultLimits, previewTimeoutMs: 100 }

  test('is told with the limit', async () => {
    const { signal } = new AbortController()
    await expect(withinTime('previewTimeoutMs', { limits, signal }, never)).rejects.toMatchObject({
      code: 'query_failed',
      message: expect.stringContaining('0.1 s (limit previewTimeoutMs)') as string,
    })
  })

  test('is not told to whoever left', async () => {
    const controller = new AbortController()
    const waiting = withinTime(
      'previewTimeoutMs',
      { limits: defaultLimits, signal: controller.signal },
      never,
    )
    controller.abort(new Error('left'))
    await expect(waiting).rejects.toThrow('left')
    await expect(
      withinTime('previewTimeoutMs', { limits, signal: controller.signal }, never),
    ).rejects.toThrow('left')
  })
})
