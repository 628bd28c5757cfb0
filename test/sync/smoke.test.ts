import { afterAll, beforeAll, expect, test } from 'vitest'
import { membersOf, openBase, openShop, people } from './support.ts'
import type { Base } from './support.ts'
let base: Base
beforeAll(async () => { base = await openBase() })
afterAll(async () => base.close())
test('smoke', async () => {
  const shop = await openShop(base)
  for (const n of [40, 45, 30]) {
    const t = performance.now()
    const run = await shop.sync(people(n))
    console.log(performance.now() - t, run.result.seconds, run.state, run.code)
    expect(shop.members()).toEqual(membersOf(people(n)))
  }
  await shop.close()
})
