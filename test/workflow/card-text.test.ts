import { describe, expect, test } from 'vitest'
import { faceOf } from '../../src/workflow/card-text.ts'
import { span } from '../../src/base/words.ts'
import { largeRemoval } from './support.ts'
import { countsText, waitText } from '../../src/destinations/customer-list/reading/facts.ts'

const nothing = { error: null, warnings: [] }
const unsaid = { done: '', waits: null, noun: 'list' }
const counts = { rows: 200_000, members: 184_203, added: 1203, removed: 396, invalid: 5 }

function face(state: 'scheduled' | 'running', ...tasks: Parameters<typeof faceOf>[1][number][]) {
  return faceOf({ state, ...nothing }, tasks, unsaid)
}

describe('the face of a card', () => {
  test('waiting to start, started, and at each task', () => {
    expect(face('scheduled')).toEqual({ kind: 'running', text: 'Waiting to start.', code: null })
    expect(face('running').text).toBe('Started.')
    const query = { name: 'query', state: 'succeeded', error: null } as const
    expect(face('running', query).text).toBe('Done: query.')
    expect(face('running', query, { name: 'resolve_list', state: 'running', error: null }).text).toBe(
      'Running: resolve list.',
    )
  })

  test('a task that is tried again says so, and why', () => {
    const error = { code: 'pinterest_unavailable', data: { detail: 'no answer within 60 s' } } as const
    const tried = face('running', { name: 'add', state: 'failed', error })
    expect(tried.kind).toBe('running')
    expect(tried.text).toMatch(/^Retrying after an error: Pinterest is unavailable: no answer within 60 s\./)
  })

  test('completed tells what changed', () => {
    expect(faceOf({ state: 'succeeded', ...nothing }, [], { ...unsaid, done: countsText(counts) })).toEqual({
      kind: 'completed',
      text: '+1,203 −396, 184,203 members',
      code: null,
    })
    expect(countsText({ ...counts, added: 0, removed: 0 })).toBe('Nothing changed, 184,203 members')
    expect(countsText({ ...counts, added: 1, removed: 0, members: 1 })).toBe('+1 −0, 1 member')
    expect(countsText({})).toBe('Completed')
  })

  test('a completed run with warnings is a warning with all of them', () => {
    const warnings = [
      { code: 'threshold_warning', data: { query: 'Loyal', rows: 90, bound: 'fewer than 100' } },
      { code: 'newer_list', data: { list: 'VIP', listId: '1', newerId: '2' } },
    ] as const
    const warned = faceOf({ state: 'succeeded', error: null, warnings }, [], {
      ...unsaid,
      done: countsText(counts),
    })
    expect(warned).toMatchObject({ kind: 'warning', code: 'threshold_warning' })
    expect(warned.text).toMatch(/^\+1,203 −396, 184,203 members\. Query threshold: .* Newer list: /)
  })

  test('waiting for a person says for what', () => {
    const error = { code: 'large_removal', data: largeRemoval } as const
    expect(
      faceOf({ state: 'waiting', error, warnings: [] }, [], { ...unsaid, waits: waitText(error) }),
    ).toEqual({
      kind: 'warning',
      text: 'Needs approval: 112,361 of 184,203 members would be removed (61 %), more than the limit of 50 %. 1,203 would be added. Nothing has been sent yet.',
      code: 'large_removal',
    })
  })

  test('failed is the error, in its words', () => {
    const error = { code: 'authorization_error', data: { detail: 'the token was revoked' } } as const
    expect(faceOf({ state: 'failed', error, warnings: [] }, [], unsaid)).toEqual({
      kind: 'error',
      text: 'Authorization error: the token was revoked',
      code: 'authorization_error',
    })
  })

  test('stopped by a person, or given way to a newer run', () => {
    const stopped = { code: 'stopped', data: { detail: 'a user stopped this workflow' } } as const
    const waited = { code: 'large_removal', data: largeRemoval } as const
    const stoppedFace = (error: typeof stopped | typeof waited) =>
      faceOf({ state: 'stopped', error, warnings: [] }, [], unsaid)
    expect(stoppedFace(stopped).text).toMatch(/^Stopped: a user stopped this workflow\./)
    expect(stoppedFace(waited)).toEqual({
      kind: 'warning',
      text: 'Stopped: a newer run of this list replaced it.',
      code: 'stopped',
    })
    const ofNothing = faceOf({ state: 'stopped', error: waited, warnings: [] }, [], { ...unsaid, noun: null })
    expect(ofNothing.text).toBe('Stopped: a newer run replaced it.')
  })
})

test.each([
  [0.4, 'under 1 s'],
  [47.2, '47 s'],
  [59.6, '1 min 00 s'],
  [287, '4 min 47 s'],
  [7500, '2 h 05 min'],
])('%s seconds are "%s"', (seconds, text) => {
  expect(span(seconds)).toBe(text)
})
