import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { Declared } from '../../src/sources/contract.ts'
import { changedSettings } from '../../src/workspace/kept-settings.ts'

/** Stored secrets go to no other place than the one that they were given for. */

const text = z.string().min(1)
const type: Declared = {
  kind: 'shelf',
  title: 'Shelf',
  fields: {
    host: { schema: text, label: 'Host', about: 'where it is', isShown: true },
    token: { schema: text, label: 'Token', about: 'what opens it' },
    passphrase: { schema: text.optional(), label: 'Passphrase', about: 'what some need besides' },
  },
}
const known = { host: 'a.example', token: 'first', passphrase: 'second' }
const changed = (wanted: object) => () => changedSettings(type, { known, wanted: { ...wanted } })

describe('settings that lead elsewhere', () => {
  const host = 'b.example'

  test.each([
    ['the token', { host }, 'token is needed again'],
    ['the token, which is given with another secret', { host, passphrase: 'x' }, 'token is needed again'],
    ['a secret that may be left out', { host, token: 'x' }, 'passphrase is needed again'],
  ])('do not take along %s', (_, wanted, words) => {
    expect(changed(wanted)).toThrow(words)
  })

  test('go with what is given for them, and without what is taken out', () => {
    expect(changed({ host, token: 'x', passphrase: 'y' })()).toEqual({ host, token: 'x', passphrase: 'y' })
    expect(changed({ host, token: 'x', passphrase: null })()).toEqual({ host, token: 'x' })
  })
})

test('settings that stay where they are keep their secrets', () => {
  expect(changed({ host: 'a.example', token: 'x' })()).toEqual({ ...known, token: 'x' })
  expect(changed({})()).toEqual(known)
})
