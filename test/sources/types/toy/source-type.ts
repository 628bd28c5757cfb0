import { RollcallError } from '../../../../src/base/rollcall-error.ts'
import type { Asked, DatabaseType, Reading } from '../../../../src/sources/contract.ts'
import { emailColumnProblem, resultColumnOf } from '../../../../src/sources/preview.ts'
import { fields } from './settings.ts'
import type { ToySettings } from './settings.ts'

/** A source as good as any other that only a test knows. */

export const TOKEN = 'open sesame'
/** As many as an audience needs, and a few. */
export const MEMBERS = 120

type Read = Reading<ToySettings> & Asked

export const sourceType: DatabaseType = {
  kind: 'toy',
  title: 'Toy shelf',
  fields,
  reads: 'rows',
  async open({ settings }: Read) {
    const rows = membersOf(settings)
    // oxlint-disable-next-line require-await -- a stream is read as it comes
    const read = async function* () {
      yield rows
    }
    return { rows: { kind: 'stream', read }, description: `the toys on shelf ${settings.shelf}` }
  },
  async preview({ settings, emailColumn, rowsMax }: Read & { readonly rowsMax: number }) {
    const rows = membersOf(settings).map((email) => [email])
    return {
      columns: [resultColumnOf('email', 'text')],
      columnsTotal: 1,
      rows: rows.slice(0, rowsMax),
      rowCount: rows.length,
      emailColumnProblem: emailColumnProblem(['email'], emailColumn),
    }
  },
  async probe({ settings }: Read) {
    membersOf(settings)
  },
  async count({ settings }: Read) {
    return membersOf(settings).length
  },
  async tables({ settings }: Reading<ToySettings>) {
    membersOf(settings)
    return [{ schema: null, name: settings.shelf, columns: [{ name: 'email', type: 'text' }] }]
  },
}

function membersOf({ shelf, token }: ToySettings): string[] {
  if (token !== TOKEN)
    throw new RollcallError('source_refused', { detail: 'the shelf does not open for this token.' })
  return Array.from({ length: MEMBERS }, (_, number) => `${shelf}${number}@example.com`)
}
