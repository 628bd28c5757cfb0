import { expect, test } from 'vitest'
import { shownFrom } from '../../src/sources/locate.ts'
import { addSourceTypes, knownSourceType, sourceTypes } from '../../src/sources/registry.ts'
import { problemsOf, stillShown } from '../../src/sources/settings.ts'

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

test('settings hold no control character, and what was stored to be shown is shown as far as the type still shows it', () => {
  const type = knownSourceType('files')
  if (type === undefined) throw new Error('no type for files')
  const settings = { folder: '/exports', files: ['a.csv'] }
  expect(problemsOf(type, settings)).toEqual([])
  const problem = [{ field: 'files', text: 'holds a control character.' }]
  expect(problemsOf(type, { ...settings, files: ['a.csv', 'b\u0007.csv'] })).toEqual(problem)
  expect(problemsOf(type, { ...settings, files: ['b\u007f.csv'] })).toEqual(problem)
  expect(stillShown(type, { ...settings, password: 'sesame' })).toEqual(settings)
  const { folder: _, ...fields } = type.fields
  expect(stillShown({ ...type, fields }, settings)).toEqual({ files: ['a.csv'] })
})

test('a run from a type that declares nothing, or that is gone, shows nothing of where it reads', async () => {
  const from = { kind: 'toy', settings: { shelf: 'bears', token: 'open sesame' } }
  expect(shownFrom(from)).toEqual([])
  const remove = await addSourceTypes(toys)
  expect(shownFrom(from)).toEqual([])
  remove()
})
