import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isRollcallError } from '../../src/base/rollcall-error.ts'
import { loadLimits, openHome } from '../../src/store/home.ts'
import { openStore } from '../../src/store/store.ts'

// A process of its own that opens the store, takes the lock of its argument if there is one, says so in one line,
// and closes when its input ends. Tests start it, and kill it.

const [lockName] = process.argv.slice(2)

try {
  const home = await openHome(process.env)
  const store = await openStore({ home, env: process.env, limits: await loadLimits(home) })
  const lock = lockName === undefined ? null : await store.tryLock(lockName)
  const server = process.env['DATABASE_URL']
    ? null
    : Number(readFileSync(join(home.postgresDir, 'postmaster.pid'), 'utf8').split('\n')[0])
  process.stdout.write(`${JSON.stringify({ server, locked: lock !== null })}\n`)
  process.stdin.resume()
  await new Promise((resolve) => process.stdin.on('end', resolve))
  await lock?.release()
  await store.close()
} catch (error) {
  process.stdout.write(`${JSON.stringify({ error: isRollcallError(error) ? error.report() : String(error) })}\n`)
  process.exitCode = 1
}
