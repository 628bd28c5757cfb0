import { expect, test } from 'vitest'
import { checkedName } from '../../src/base/checked-name.ts'
import { defaultLimits } from '../../src/base/limits.ts'

test.each([
  '\u200b',
  '\u200e\u200f',
  '\u202a\u202c',
  '\u2066\u2069',
  '\u00ad',
  '\ufeff',
  '\u2060 \u200d',
  '\u2800',
  '\ufe0f',
  '\u3164',
  '\ufff9\ufffb',
])('a name of %j alone is refused', (name) => {
  expect(() => checkedName(name, defaultLimits)).toThrow(/no visible characters|empty/)
})

test.each(['\u0007', 'a\u0007b', 'a\ud800b', 'a\u2028b', 'a\u2029b', 'a\nb'])(
  'a name with %j is refused',
  (name) => {
    expect(() => checkedName(name, defaultLimits)).toThrow('control character')
  },
)

test.each(['VIP', 'عملاء\u200f', 'می\u200cخواهم', '👩\u200d🔬', 'é'])('%j is a name', (name) => {
  expect(checkedName(name, defaultLimits)).toBe(name)
})
