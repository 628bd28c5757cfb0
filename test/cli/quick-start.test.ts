import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { CHECKOUT } from '../support/processes.ts'

/** Packages that are loaded before a command is known, by value imports alone: types cost nothing. */
function packagesOf(file: string, seen = new Set<string>(), found = new Set<string>()): Set<string> {
  if (seen.has(file)) return found
  seen.add(file)
  const text = readFileSync(file, 'utf8')
  for (const [, from = ''] of text.matchAll(/^(?:import|export) (?!type )[^;]*? from '([^']+)'$/gm)) {
    if (from.startsWith('.')) packagesOf(resolve(dirname(file), from), seen, found)
    else if (!from.startsWith('node:')) found.add(from)
  }
  return found
}

test('the command line loads no heavy package before it knows what to do', () => {
  const found = packagesOf(resolve(CHECKOUT, 'src/cli/main.ts'))
  expect([...found].toSorted()).toEqual(['@commander-js/extra-typings', 'fastest-levenshtein'])
})
