import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { partsOf } from '../../web/src/format/prose.ts'

const code = (text: string) => ({ text, isCode: true })
const plain = (text: string) => ({ text, isCode: false })

test('what stands between backticks is code, and a single one is a sign like any other', () => {
  expect(partsOf('Run `rollcall sync` with `--hashed`.')).toEqual([
    plain('Run '),
    code('rollcall sync'),
    plain(' with '),
    code('--hashed'),
    plain('.'),
  ])
  expect(partsOf('column `x` and a ` alone')).toEqual([plain('column '), code('x'), plain(' and a ` alone')])
  expect(partsOf('plain')).toEqual([plain('plain')])
  expect(partsOf('')).toEqual([])
})

test('messages of errors and what is advised are shown with their code everywhere', () => {
  const web = join(import.meta.dirname, '../../web/src')
  const raw = globSync('**/*.tsx', { cwd: web }).flatMap((file) => {
    const text = readFileSync(join(web, file), 'utf8')
    // A child of an element: what stands in an attribute is no sentence on a page.
    return [...text.matchAll(/>\s*\{(?:[\w.?]+\.message|step|warning)\}/g)].map(
      ([found]) => `${file}: ${found}`,
    )
  })
  expect(raw).toEqual([])
})
