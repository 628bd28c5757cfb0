import { createInterface } from 'node:readline'
import { sql } from 'kysely'
import { defaultLimits } from '../../src/base/limits.ts'
import { isRollcallError } from '../../src/base/rollcall-error.ts'
import { openHome } from '../../src/store/home.ts'
import { openStore } from '../../src/store/store.ts'

/**
 * A process that opens the data folder it is given, says `open`, and answers lines: `sql …` with the rows as JSON,
 * `lock NAME` with `taken` or `busy`, `close` with `closed`. A failure is answered `error CODE MESSAGE`.
 */

function say(text: string): void {
  process.stdout.write(`${text.replaceAll('\n', ' ')}\n`)
}

function failure(error: unknown): string {
  if (isRollcallError(error)) return `error ${error.code} ${error.message}`
  return `error ${String((error as { code?: string }).code)} ${String(error)}`
}

try {
  const home = await openHome(process.env)
  const store = await openStore({ home, env: process.env, limits: defaultLimits })
  say('open')
  for await (const line of createInterface({ input: process.stdin })) {
    const [verb = '', ...words] = line.split(' ')
    const rest = words.join(' ')
    try {
      if (verb === 'sql') say(JSON.stringify((await sql.raw(rest).execute(store.db)).rows))
      else if (verb === 'lock') say((await store.tryLock(rest)) === null ? 'busy' : 'taken')
      else if (verb === 'close') {
        await store.close()
        say('closed')
        break
      }
    } catch (error) {
      say(failure(error))
    }
  }
} catch (error) {
  say(failure(error))
}
process.exit()
