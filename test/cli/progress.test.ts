import { describe, expect, test } from 'vitest'
import { createProgress, progressText } from '../../src/cli/progress.ts'

describe('progressText', () => {
  test.each([
    [{ task: 'prepare', done: 500, total: null, unit: 'rows' }, 0.1, '  ◌ prepare  500 rows'],
    [{ task: 'prepare', done: 5000, total: null, unit: 'rows' }, 2, '  ◌ prepare  5,000 rows  2,500 rows/s'],
    [
      { task: 'add', done: 25_000, total: 100_000, unit: 'members' },
      10,
      '  ◌ add  ██████░░░░░░░░░░░░░░░░░░ 25 %  25,000 members  2,500 members/s  about 30 s left',
    ],
    [
      { task: 'add', done: 99, total: 100, unit: 'members' },
      10,
      '  ◌ add  ████████████████████████ 99 %  99 members  10 members/s  under 1 s left',
    ],
    [
      { task: 'add', done: 100, total: 100, unit: 'members' },
      10,
      '  ◌ add  ████████████████████████ 100 %  100 members  10 members/s',
    ],
    [
      { task: 'add', done: 1, total: 1000, unit: 'members' },
      0,
      '  ◌ add  ░░░░░░░░░░░░░░░░░░░░░░░░ 0 %  1 members',
    ],
    [
      { task: 'attach_audience', done: 50, total: 100, unit: '%' },
      3,
      '  ◌ attach audience  ████████████░░░░░░░░░░░░ 50 %  about 3 s left',
    ],
    [{ task: 'add', done: 5, total: 0, unit: 'members' }, 0, '  ◌ add  5 members'],
    [{ task: 'add', done: 110, total: 100, unit: '%' }, 9, '  ◌ add  ████████████████████████ 100 %'],
  ])('%j after %d s', (event, seconds, text) => {
    expect(progressText(event, seconds)).toBe(text)
  })
})

/** A stream that keeps what is written, and a clock that the test moves. */
function screen(isTTY: boolean, columns = 100) {
  const written: string[] = []
  const clock = { ms: 0 }
  const view = createProgress({ isTTY, columns, write: (text: string) => written.push(text) }, () => clock.ms)
  const progress = (done: number): void =>
    view.event({ kind: 'progress', task: 'add', done, total: 100, unit: 'members' })
  return { written, clock, view, progress }
}

describe('on a terminal', () => {
  test('one line is drawn again and again, at most ten times a second, and leaves no trace', () => {
    const { written, clock, view, progress } = screen(true)
    view.event({ kind: 'task', task: 'add', state: 'running' })
    for (clock.ms = 0; clock.ms < 1000; clock.ms += 10) progress(clock.ms / 10)
    view.close()
    const drawn = written.filter((text) => text.includes('members'))
    expect(drawn).toHaveLength(10)
    expect(written.join('')).not.toContain('\n')
    expect(written.at(-1)).toBe('\r\u001b[2K')
  })

  test('the log stands above it', () => {
    const { written, view, progress } = screen(true)
    progress(50)
    view.event({ kind: 'log', level: 'info', text: 'hello' })
    expect(written.slice(-2)).toEqual(['\r\u001b[2K', '  · hello\n'])
  })

  test('a narrow terminal gets a line that fits', () => {
    const { written, progress } = screen(true, 20)
    progress(50)
    expect(written[0]?.replace('\r\u001b[2K', '')).toHaveLength(19)
  })
})

describe('elsewhere', () => {
  test('there are plain lines, one in ten seconds, and none for what is over sooner', () => {
    const { written, clock, view, progress } = screen(false)
    view.event({ kind: 'task', task: 'add', state: 'running' })
    for (clock.ms = 0; clock.ms <= 25_000; clock.ms += 100) progress(clock.ms / 1000)
    view.event({ kind: 'log', level: 'warning', text: 'careful' })
    view.close()
    expect(written).toHaveLength(3)
    expect(written[0]).toMatch(/^ {2}◌ add .*\n$/)
    expect(written[2]).toBe('  ! careful\n')
    // oxlint-disable-next-line no-control-regex -- they are what is looked for
    expect(written.join('')).not.toMatch(/[\u001b\r]/)
  })

  test('how the run ended is left to its result', () => {
    const { written, view } = screen(false)
    view.event({ kind: 'log', level: 'error', text: 'it failed', isEnd: true })
    view.event({ kind: 'log', level: 'warning', text: 'it waits', isEnd: true })
    expect(written).toEqual([])
  })
})
