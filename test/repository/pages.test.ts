import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

/** The pages for people who add a kind name everything that a kind may declare, and stay short enough to be read. */

const root = join(import.meta.dirname, '../..')

/** The properties of an interface, from its text: those of objects within it begin further in. */
function propertiesOf(file: string, name: string): string[] {
  const text = readFileSync(join(root, file), 'utf8')
  const [, body] =
    new RegExp(`^(?:export )?interface ${name}\\b(?:.|\\n)*? \\{\\n((?:.|\\n)*?)^\\}`, 'm').exec(text) ?? []
  if (body === undefined) throw new Error(`${file} has no interface ${name}`)
  return [...body.matchAll(/^ {2}(?:readonly )?(\w+)\??[:(]/gm)].map(([, property = '']) => property)
}

const destinations = 'src/destinations/contract.ts'
const sources = 'src/sources/contract.ts'

const pages: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
  [
    'docs/add-a-destination-kind.md',
    [
      [sources, 'Declared'],
      [destinations, 'DestinationKind'],
      [destinations, 'OrchestrationOptions'],
      [destinations, 'TargetKind'],
      ['src/workflow/kind.ts', 'WorkflowKind'],
      ['src/workflow/kind.ts', 'KindTask'],
    ],
  ],
  [
    'docs/add-a-source-type.md',
    [
      [sources, 'Declared'],
      [sources, 'CommonType'],
      [sources, 'Field'],
      [sources, 'Typed'],
      [sources, 'FilesType'],
      [sources, 'DatabaseType'],
    ],
  ],
  ['docs/add-an-object-kind.md', [['src/objects/object-kind.ts', 'Definition']]],
]

describe.each(pages)('%s', (page, contracts) => {
  const text = readFileSync(join(root, page), 'utf8')

  test.each(contracts)('names everything of %s, %s', (file, name) => {
    const properties = propertiesOf(file, name)
    expect(properties.length).toBeGreaterThan(0)
    const named = new Set([...text.matchAll(/`(\w+)[^`]*`/g)].map(([, word = '']) => word))
    expect(properties.filter((property) => !named.has(property))).toEqual([])
  })

  test('is one screen', () => {
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(70)
    expect(text.split(/\s+/).length).toBeLessThanOrEqual(900)
  })
})
