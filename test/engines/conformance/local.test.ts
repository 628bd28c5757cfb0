import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe } from 'vitest'
import { defaultLimits } from '../../../src/base/limits.ts'
import { createLocalEngine } from '../../../src/engines/local/engine.ts'
import { openHome } from '../../../src/store/home.ts'
import type { Home } from '../../../src/store/home.ts'
import { openStore } from '../../../src/store/store.ts'
import { createTestDatabase } from '../../support/database.ts'
import { makeFolder } from '../../support/folder.ts'
import { queriesRunHere } from '../../support/queries-here.ts'
import { conformsToContract } from './conformance.ts'
import type { TestedEngine } from './conformance.ts'

queriesRunHere()

/** The local engine over files; `isShared` says that other machines use its database. */
async function openLocal(isShared: boolean): Promise<TestedEngine> {
  const database = await createTestDatabase()
  const folder = await makeFolder('local-engine')
  const env = { ROLLCALL_HOME: folder.dir, DATABASE_URL: database.url }
  const home = await openHome(env)
  const store = await openStore({ home, env, limits: defaultLimits })
  const open = (at: Home) =>
    createLocalEngine({ home: at, limits: defaultLimits, store: { db: store.db, isShared } })
  let files = 0
  return {
    open: () => open(home),
    keepsStages: !isShared,
    elsewhere: async () =>
      isShared ? open(await openHome({ ROLLCALL_HOME: `${folder.dir}/elsewhere` })) : null,
    sourceOf: async (values) => {
      const path = join(folder.dir, `${(files += 1)}.csv`)
      const cells = values.map((email) => (email === null ? '' : `"${email.replaceAll('"', '""')}"`))
      await writeFile(path, `id,email\n${cells.map((cell, index) => `${index},${cell}\n`).join('')}`)
      return [path]
    },
    lock: store.db,
    close: async () => {
      await store.close()
      await database.drop()
      await folder.remove()
    },
  }
}

describe('the local engine with a database of its own', () => {
  conformsToContract(() => openLocal(false))
})

describe('the local engine on machines that share a database', () => {
  conformsToContract(() => openLocal(true))
})
