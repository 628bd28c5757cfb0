import { describe, expect, test } from 'vitest'
import { refusal } from './refusal.ts'

describe('refused is', () => {
  test.each([
    ['', 'five fields'],
    ['* * * *', 'has 4'],
    ['0 0 0 * * *', 'has 6'],
    ['@daily', 'has 1'],
    ['60 * * * *', 'minute field "60"'],
    ['-1 * * * *', 'minute field "-1"'],
    ['1.5 * * * *', 'minute field "1.5"'],
    ['*/0 * * * *', 'minute field "*/0"'],
    ['*/70 * * * *', 'minute field "*/70"'],
    ['5-3 * * * *', 'minute field "5-3"'],
    ['1,,2 * * * *', 'minute field "1,,2"'],
    ['jan * * * *', 'minute field "jan"'],
    ['0 24 * * *', 'hour field "24"'],
    ['0 H * * *', 'hour field "H"'],
    ['0 0 0 * *', 'day of month field "0"'],
    ['0 0 32 * *', 'day of month field "32"'],
    ['0 0 L * *', 'day of month field "L"'],
    ['0 0 ? * *', 'day of month field "?"'],
    ['0 0 * 13 *', 'month field "13"'],
    ['0 0 * january *', 'month field "january"'],
    ['0 0 * xyz *', 'month field "xyz"'],
    ['0 0 * * 8', 'day of week field "8"'],
    ['0 0 * * 1#2', 'day of week field "1#2"'],
    ['0 0 30 2 *', 'never runs'],
    ['0 0 31 2,4 *', 'never runs'],
    ['\u0007 0 * * *', 'minute field " "'],
  ])('%s', (cron, words) => {
    const message = refusal(cron)
    expect(message).toContain(words)
    // eslint-disable-next-line no-control-regex -- that is what is looked for
    expect(message).not.toMatch(/[\u0000-\u001f]/)
    expect(message.length).toBeLessThan(500)
  })

  test('what is too long to be a cron', () => {
    expect(refusal(`${'0,'.repeat(2000)}0 0 * * *`)).toContain('too long')
  })

  test.each([
    ['Europe/Berlim', 'Did you mean "Europe/Berlin"?'],
    ['berlin', 'Did you mean "Europe/Berlin"?'],
    ['New York', 'Did you mean "America/New_York"?'],
    ['utc+1', 'there is no time zone'],
    ['+02:00', 'there is no time zone'],
    ['', 'there is no time zone'],
  ])('the time zone %s', (timeZone, words) => {
    const message = refusal('0 0 * * *', timeZone)
    expect(message).toContain(words)
    expect(message.length).toBeLessThan(300)
  })

  test.each(['Asia/Kolkata', 'Asia/Calcutta', 'UTC', 'Etc/UTC', 'Europe/Kyiv', 'US/Eastern'])(
    'not the time zone %s',
    (timeZone) => {
      expect(refusal('0 0 * * *', timeZone)).toBe('accepted')
    },
  )
})
