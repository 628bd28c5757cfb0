import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const web = join(import.meta.dirname, '../../web/src')

/** Rules of the style sheets that use the red tone, by their selectors. */
function redRules(): string[] {
  const text = globSync('**/*.css', { cwd: web })
    .map((file) => readFileSync(join(web, file), 'utf8'))
    .join('\n')
  return [...text.matchAll(/([^{}]+)\{([^{}]*)\}/g)]
    .filter(([, , body = '']) => body.includes('var(--bad'))
    .map(([, selector = '']) => selector.replaceAll(/\/\*[^]*?\*\//g, '').trim())
    .toSorted()
}

test('red is for what stopped, failed or destroys, not for members who leave', () => {
  const rules = redRules()
  expect(rules).toContain('.tone-bad')
  expect(rules.filter((rule) => /leav|remov|chang/.test(rule))).toEqual([])
})
