import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { judge } from '../../src/pinterest/outcome.ts'
import { askedWaitMs, readRate, readRequestId } from '../../src/pinterest/rate-headers.ts'
import { backoffCeilingMs, holdMs, mayRepeat, nextWaitMs } from '../../src/pinterest/retry.ts'
import { redact, secondsInWords } from '../../src/pinterest/words.ts'
import type { ApiAnswer, Outcome, Passing } from '../../src/pinterest/outcome.ts'

const read = (body: unknown): string | null => (typeof body === 'string' ? body : null)

function answer(status: number, body: unknown = {}): ApiAnswer {
  return {
    kind: 'answer',
    status,
    body,
    requestId: null,
    rate: { remaining: null, resetMs: null, retryAfterMs: null },
  }
}

function passingWith(effect: Passing['effect']): Passing {
  return { kind: 'passing', cause: '', effect, throttled: false, answer: null }
}

describe('which outcome is passing', () => {
  const passing: [string, Outcome, Passing['effect']][] = [
    ['no connection', { kind: 'unsent', cause: 'no connection' }, 'none'],
    ['lost answer', { kind: 'lost', cause: 'connection lost' }, 'unknown'],
    ['429', answer(429, { code: 8, message: 'limit' }), 'none'],
    ['400 with code 12', answer(400, { code: 12, message: 'Something went wrong' }), 'none'],
    ...[500, 501, 502, 503, 504].map((status): [string, Outcome, 'unknown'] => [
      `HTTP ${status}`,
      answer(status, undefined),
      'unknown',
    ]),
    ['408', answer(408, undefined), 'unknown'],
    ['425', answer(425, {}), 'none'],
    ['200 with garbage', answer(200, undefined), 'unknown'],
    ['201 with another shape', answer(201, { hello: 1 }), 'unknown'],
  ]
  it.each(passing)('%s passes', (_name, outcome, effect) => {
    expect(judge(outcome, read)).toMatchObject({ kind: 'passing', effect })
  })

  const final: [number, unknown, string][] = [
    [200, 'ok', 'done'],
    [201, 'ok', 'done'],
    [302, {}, 'refused'],
    [400, { code: 1, message: 'Invalid parameter' }, 'refused'],
    [400, { code: 400 }, 'refused'],
    [400, undefined, 'refused'],
    [400, { code: '12' }, 'refused'],
    [401, { code: 2 }, 'dead_token'],
    [401, undefined, 'dead_token'],
    [401, { code: 401 }, 'dead_token'],
    [401, { code: 3 }, 'refused'],
    [401, { code: 29 }, 'refused'],
    [403, { code: 2 }, 'refused'],
    [403, { code: 12 }, 'refused'],
    [404, {}, 'refused'],
    [409, {}, 'refused'],
    [413, undefined, 'refused'],
    [418, {}, 'refused'],
    [422, {}, 'refused'],
  ]
  it.each(final)('%i %j is %s', (status, body, kind) => {
    expect(judge(answer(status, body), read).kind).toBe(kind)
  })

  it.each([401, 403, 404, 407])('a page with status %i speaks of no token', (status) => {
    expect(judge({ ...answer(status, undefined), isText: true }, read).kind).toBe('refused')
  })

  it('a call that is not repeatable is repeated only when it had no effect', () => {
    expect(mayRepeat(passingWith('none'), false)).toBe(true)
    expect(mayRepeat(passingWith('unknown'), false)).toBe(false)
    expect(mayRepeat(passingWith('unknown'), true)).toBe(true)
  })
})

describe('how long to wait', () => {
  const limitsOf = fc.record({
    retryBackoffMs: fc.integer({ min: 1, max: 60_000 }),
    retryForMs: fc.integer({ min: 0, max: 3_600_000 }),
  })
  const stateOf = fc.record({
    failures: fc.integer({ min: 1, max: 2000 }),
    sinceFirstFailureMs: fc.double({ min: 0, max: 4_000_000, noNaN: true }),
    resetMs: fc.option(fc.integer({ min: 0, max: 100_000_000 })),
    random: fc.double({ min: 0, max: 1, noNaN: true }),
  })

  it('never passes the end of the time to retry, nor comes before Pinterest allows', () => {
    fc.assert(
      fc.property(stateOf, limitsOf, (state, limits) => {
        const waitMs = nextWaitMs(state, limits)
        const leftMs = limits.retryForMs - state.sinceFirstFailureMs
        const mustGiveUp = leftMs <= 0 || (state.resetMs ?? 0) > leftMs
        expect(waitMs === null).toBe(mustGiveUp)
        expect(waitMs ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(state.resetMs ?? 0)
        expect(waitMs ?? Number.NEGATIVE_INFINITY).toBeLessThanOrEqual(leftMs)
      }),
    )
  })

  it('gives up when nothing is left of the time, though Pinterest asks for no pause', () => {
    const state = { failures: 1, resetMs: null, random: 0 }
    const limits = { retryBackoffMs: 5, retryForMs: 1_000 }
    expect(nextWaitMs({ ...state, sinceFirstFailureMs: 1_000 }, limits)).toBeNull()
    expect(nextWaitMs({ ...state, sinceFirstFailureMs: 999 }, limits)).toBe(0)
  })

  it('spreads over the whole range below a ceiling that doubles and is capped', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2000 }), limitsOf, (failures, limits) => {
        const ceiling = backoffCeilingMs(failures, limits)
        const next = backoffCeilingMs(failures + 1, limits)
        expect(backoffCeilingMs(1, limits)).toBe(limits.retryBackoffMs)
        expect(next === ceiling * 2 || (next >= ceiling && next <= 60_000)).toBe(true)
        expect(ceiling).toBeLessThanOrEqual(Math.max(20_000, limits.retryBackoffMs))
        const state = { failures, sinceFirstFailureMs: 0, resetMs: null }
        const generous = { ...limits, retryForMs: 10_000_000 }
        expect(nextWaitMs({ ...state, random: 1 }, generous)).toBe(ceiling)
        expect(nextWaitMs({ ...state, random: 0.5 }, generous)).toBe(ceiling / 2)
        expect(nextWaitMs({ ...state, random: 0 }, generous)).toBe(0)
      }),
    )
  })

  it('does not wait hours for a daily limit', () => {
    const state = { failures: 1, sinceFirstFailureMs: 0, resetMs: 67_150_000, random: 0 }
    expect(nextWaitMs(state, { retryBackoffMs: 500, retryForMs: 60_000 })).toBeNull()
  })

  it.each([
    [429, null, 1000, 1000],
    [200, 0, 1000, 1000],
    [200, 0, 60_000, 60_000],
    [200, 1, 1000, 0],
    [200, null, 1000, 0],
    [429, null, null, 0],
    [429, 0, 67_150_000, 0],
  ])(
    'after %i with %j left and a reset of %j ms all workers pause %i ms',
    (status, remaining, resetMs, pauseMs) => {
      expect(
        holdMs({ status, rate: { remaining, resetMs, retryAfterMs: null } }, { retryForMs: 60_000 }),
      ).toBe(pauseMs)
    },
  )
})

describe('rate headers', () => {
  it.each([
    ['98', '1', { remaining: 98, resetMs: 1000 }],
    ['0, 0;w=1, 40;w=60', '1, 1;w=1', { remaining: 0, resetMs: 1000 }],
    ['0;w=1', '67150', { remaining: 0, resetMs: 67_150_000 }],
    [' 5 , 7', '0.5', { remaining: 5, resetMs: 500 }],
    ['-1', '-5', { remaining: null, resetMs: null }],
    ['many', '1e999', { remaining: null, resetMs: null }],
    ['', 'Infinity', { remaining: null, resetMs: null }],
    [undefined, undefined, { remaining: null, resetMs: null }],
  ])('%j and %j', (remaining, reset, expected) => {
    expect(readRate({ 'x-ratelimit-remaining': remaining, 'x-ratelimit-reset': reset })).toEqual({
      ...expected,
      retryAfterMs: null,
    })
  })

  it.each([
    ['120', undefined, 120_000],
    ['0', undefined, 0],
    ['0.5', undefined, 500],
    ['Sun, 06 Nov 2044 08:49:37 GMT', 'Sun, 06 Nov 2044 08:49:00 GMT', 37_000],
    ['Sunday, 06-Nov-44 08:49:37 GMT', 'Sun, 06 Nov 2044 08:49:00 GMT', 37_000],
    // In the past: now.
    ['Sun, 06 Nov 1994 08:49:37 GMT', undefined, 0],
    ['soon', undefined, null],
    ['-5', undefined, null],
    ['2044', undefined, 2_044_000],
    ['Sun, 99 Nov 2044 99:99:99 GMT', undefined, null],
    [undefined, undefined, null],
  ])('Retry-After %j, answered at %j, is %j ms', (value, date, expected) => {
    expect(readRate({ 'retry-after': value, date }).retryAfterMs).toBe(expected)
  })

  it('the longer of the two waits counts, that of the window only when it is used up', () => {
    expect(askedWaitMs({ remaining: 0, resetMs: 1_000, retryAfterMs: 5_000 }, true)).toBe(5_000)
    expect(askedWaitMs({ remaining: 0, resetMs: 9_000, retryAfterMs: 5_000 }, true)).toBe(9_000)
    expect(askedWaitMs({ remaining: 5, resetMs: 9_000, retryAfterMs: 5_000 }, false)).toBe(5_000)
    expect(askedWaitMs({ remaining: 5, resetMs: 9_000, retryAfterMs: null }, false)).toBeNull()
  })

  it('never reads a number below zero or none at all', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const { remaining, resetMs } = readRate({
          'x-ratelimit-remaining': text,
          'x-ratelimit-reset': [text],
        })
        for (const value of [remaining, resetMs]) expect(value === null || value >= 0).toBe(true)
      }),
    )
  })

  it('takes a request id only as one short word', () => {
    expect(readRequestId({ 'x-pinterest-rid': '123-abc' })).toBe('123-abc')
    expect(readRequestId({ 'x-pinterest-rid': ['7', '8'] })).toBe('7')
    for (const odd of ['a b', '', 'x'.repeat(101), undefined]) {
      expect(readRequestId({ 'x-pinterest-rid': odd })).toBeNull()
    }
  })
})

describe('texts', () => {
  it.each([
    [50, '0.05 s'],
    [1000, '1 s'],
    [60_000, '60 s'],
    [720_000, '12 min'],
    [67_150_000, '18 h 39 min'],
  ])('%i ms is %s', (ms, words) => {
    expect(secondsInWords(ms)).toBe(words)
  })

  it('cuts addresses, hashes and tokens out of any message, and keeps the rest', () => {
    const secret = fc.constantFrom(
      'anna@example.com',
      'a'.repeat(64),
      '0123456789abcdef'.repeat(4),
      'D41D8CD98F00B204E9800998ECF8427E',
      '0123456789abcdef0123',
      'pina_TOKEN-x',
      'pinr.eyJhbGciOi.x_y',
      'Bearer q',
      'QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo0NTY3ODk=',
    )
    const word = fc.constantFrom(
      'Invalid',
      "'records':",
      'num_uploaded_user_records',
      '549755885175',
      ',',
      '"',
      '\n',
    )
    fc.assert(
      fc.property(fc.array(word), secret, fc.array(word), (before, hidden, after) => {
        const text = redact([...before, hidden, ...after].join(' '))
        expect(text).not.toContain(hidden)
        expect(text.length).toBeLessThanOrEqual(300)
        expect(text).not.toMatch(/\n/)
      }),
    )
    expect(redact('Ad account 549755885175: "name" is missing')).toBe(
      'Ad account 549755885175: "name" is missing',
    )
    expect(redact(`x,${'ab12'.repeat(16)},y`)).toBe('x,[…],y')
  })
})
