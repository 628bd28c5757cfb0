import { Client } from 'pg'
import type { TestProject } from 'vitest/node'
import { defaultLimits } from '../../src/base/limits.ts'
import { attachServer } from '../../src/store/embedded/server.ts'
import { openHome } from '../../src/store/home.ts'
import { openStore } from '../../src/store/store.ts'
import { openQueue } from '../../src/worker/queue.ts'
import { TEMPLATE, urlOf } from './database.ts'
import { makeFolder } from './folder.ts'

/**
 * One embedded PostgreSQL for the whole run, with a migrated database that test files clone: a second at the start,
 * and no file has to wait for a server of its own. Gone with its folder when the run ends.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await makeFolder('tests')
  try {
    const home = await openHome({ ROLLCALL_HOME: folder.dir })
    const server = await attachServer(home, defaultLimits)
    const { host, password } = server.connection
    const place = { socketDir: String(host), password: String(password) }
    const admin = new Client({ connectionString: urlOf(place, 'postgres') })
    await admin.connect()
    await admin.query(`create database ${TEMPLATE}`)
    const store = await openStore({
      home,
      env: { DATABASE_URL: urlOf(place, TEMPLATE) },
      limits: defaultLimits,
    })
    // The queue makes its tables when it is first opened, which takes longer than all of a clone.
    const { connection } = store
    const queue = await openQueue({ connection, limits: defaultLimits, onError: () => undefined })
    await queue.close(5_000)
    await store.close()
    await admin.query(`alter database ${TEMPLATE} with allow_connections false is_template true`)
    await admin.end()
    project.provide('databaseSocketDir', place.socketDir)
    project.provide('databasePassword', place.password)
    return async () => {
      await server.close()
      await folder.remove()
    }
  } catch (error) {
    await folder.remove()
    throw error
  }
}
