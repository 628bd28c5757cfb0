import { expect, test } from 'vitest'
import {
  addDestinationKinds,
  allDestinationKinds,
  knownDestinationKind,
  standardKind,
} from '../../src/destinations/registry.ts'
import { allKinds } from '../../src/workflow/kind.ts'
import { delivery } from './kinds/toy/workflow-kind.ts'

const toys = new URL('./kinds/', import.meta.url)

test('a kind is a folder: it is known while its folder is there', async () => {
  const own = allDestinationKinds().map(({ kind }) => kind)
  expect(own).toEqual(['customer_list'])
  const workflows = allKinds()
  const remove = await addDestinationKinds(toys)
  expect(allDestinationKinds().map(({ kind }) => kind)).toEqual([...own, 'toy_shelf', 'toy'])
  await expect(addDestinationKinds(toys)).rejects.toThrow('is there twice')
  expect(allKinds()).toContain(delivery)
  remove()
  // Its workflows go with it.
  expect(allKinds()).toEqual(workflows)
  expect(knownDestinationKind('toy')).toBeUndefined()
  expect(standardKind().kind).toBe('customer_list')
})
