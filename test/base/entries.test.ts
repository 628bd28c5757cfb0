import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { registryOf } from '../../src/base/entries.ts'
import { makeFolder } from '../support/folder.ts'

/** A registry over a folder with one kind for each name, and what adding the folder throws. */
async function addedFrom(kinds: Readonly<Record<string, string>>): Promise<string> {
  const folder = await makeFolder('entries')
  onTestFinished(folder.remove)
  for (const [name, code] of Object.entries(kinds)) {
    await mkdir(join(folder.dir, name))
    await writeFile(join(folder.dir, name, 'pet.ts'), `export const pet = ${code}\n`)
  }
  const registry = registryOf<{ kind: string; fields: Readonly<Record<string, unknown>> }>({
    noun: 'pet',
    module: 'pet',
    name: 'pet',
    common: ['id', 'name'],
  })
  return registry.addFrom(pathToFileURL(`${folder.dir}/`)).then(
    () =>
      registry
        .all()
        .map(({ kind }) => kind)
        .join(' '),
    (error: unknown) => String(error),
  )
}

test.each([
  [
    'fields of their own',
    { cat: `{ kind: 'cat', fields: { claws: 1 } }`, dog: `{ kind: 'dog', fields: {} }` },
    'cat dog',
  ],
  [
    'a field that all have',
    { cat: `{ kind: 'cat', fields: { name: 1 } }` },
    expect.stringContaining('the pet cat has a second name'),
  ],
  [
    'a fact named as a field',
    { cat: `{ kind: 'cat', fields: { tail: 1 }, facts: { tail: 1 } }` },
    expect.stringContaining('has a second tail'),
  ],
  [
    'one name',
    { cat: `{ kind: 'cat', fields: {} }`, dog: `{ kind: 'cat', fields: {} }` },
    expect.stringContaining('cat is there twice'),
  ],
])('kinds with %s', async (_, kinds, expected) => {
  expect(await addedFrom(kinds)).toEqual(expected)
})
