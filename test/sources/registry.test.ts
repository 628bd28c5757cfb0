import { expect, test } from 'vitest'
import { shownFrom } from '../../src/sources/locate.ts'
import { addSourceTypes, knownSourceType, sourceTypes } from '../../src/sources/registry.ts'

const toys = new URL('./types/', import.meta.url)

test('a type is a folder: it is known while its folder is there', async () => {
  const own = sourceTypes().map(({ kind }) => kind)
  expect(own).toEqual(['files', 'postgres'])
  const remove = await addSourceTypes(toys)
  expect(sourceTypes().map(({ kind }) => kind)).toEqual([...own, 'toy'])
  await expect(addSourceTypes(toys)).rejects.toThrow('is there twice')
  remove()
  expect(knownSourceType('toy')).toBeUndefined()
})

test('a run from a type that declares nothing, or that is gone, shows nothing of where it reads', async () => {
  const from = { kind: 'toy', settings: { shelf: 'bears', token: 'open sesame' } }
  expect(shownFrom(from)).toEqual([])
  const remove = await addSourceTypes(toys)
  expect(shownFrom(from)).toEqual([])
  remove()
})
