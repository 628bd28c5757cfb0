import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { knownBrowser, markFor } from '../../src/access/known-browser.ts'
import { createSealer } from '../../src/access/seal.ts'

const sealer = createSealer(randomBytes(32))

test('a mark is read as a whole: with anything before, after or within it, it is none', () => {
  const mark = markFor(sealer, 'ada@example.com')
  const known = (text: string | null): string | null => knownBrowser(sealer, 'ada@example.com', text)
  expect(known(mark)).toMatch(/^[\w-]{43}$/)
  for (const text of [`x${mark}`, `${mark}x`, `${mark}\n`, mark.replace('.', '..'), mark.slice(1), '', null])
    expect(known(text), JSON.stringify(text)).toBeNull()
})
