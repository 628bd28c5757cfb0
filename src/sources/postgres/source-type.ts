import { isPostgresUrl } from '../../base/postgres-address.ts'
import { RollcallError } from '../../base/rollcall-error.ts'
import type { Asked, DatabaseType, Reading } from '../contract.ts'
import { facts, fields, places } from './settings.ts'
import type { PostgresSettings } from './settings.ts'

type Read = Reading<PostgresSettings> & Asked

export const sourceType: DatabaseType = {
  kind: 'postgres',
  title: 'PostgreSQL database',
  fields,
  facts,
  places,
  typed: {
    form: 'a postgres:// address',
    takes: isPostgresUrl,
    settings: ([url]) => ({ url }),
  },
  reads: 'rows',
  async open(reading: Read) {
    const { openPostgres } = await import('./open.ts')
    return openPostgres(optionsOf(reading))
  },
  async preview({ rowsMax, ...reading }: Read & { readonly rowsMax: number }) {
    const { previewPostgres } = await import('./preview.ts')
    return previewPostgres({ ...optionsOf(reading), rowsMax })
  },
  async probe(reading: Read) {
    const { probePostgres } = await import('./preview.ts')
    await probePostgres(optionsOf(reading))
  },
  async count(reading: Read) {
    const { countPostgres } = await import('./preview.ts')
    return countPostgres(optionsOf(reading))
  },
  async tables({ settings, ...reading }: Reading<PostgresSettings>) {
    const { listPostgresTables } = await import('./preview.ts')
    return listPostgresTables({ ...reading, url: settings.url })
  },
}

/** Error: `wrong_usage` without SQL, since a database has no table that could be meant. */
function optionsOf({ settings, query, ...reading }: Read) {
  if (query !== null) return { ...reading, query, url: settings.url }
  throw new RollcallError('wrong_usage', {
    detail: 'A postgres:// source needs a query to run there.',
  })
}
