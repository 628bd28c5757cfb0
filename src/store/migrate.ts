import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import { Migrator } from 'kysely/migration'
import type { Migration } from 'kysely/migration'
import { defaultLimits } from '../base/limits.ts'
import { RollcallError } from '../base/rollcall-error.ts'
import { refuseInUse } from './in-use.ts'
import { up as mainJob } from './migrations/0001-main-job.ts'
import { up as service } from './migrations/0002-service.ts'
import { up as forConsole } from './migrations/0003-console.ts'
import { up as leases } from './migrations/0004-leases.ts'
import { up as restricted } from './migrations/0005-restricted.ts'
import { up as guard } from './migrations/0007-guard.ts'
import { up as waiting } from './migrations/0008-waiting.ts'
import { up as alertRecipients } from './migrations/0009-alert-recipients.ts'
import { up as lostProcesses } from './migrations/0010-lost-processes.ts'
import { up as workspace } from './migrations/0011-workspace.ts'
import { up as audienceAsked } from './migrations/0012-audience-asked.ts'
import { up as subject } from './migrations/0013-subject.ts'
import { up as alertOwners } from './migrations/0014-alert-owners.ts'
import { up as taskOutput } from './migrations/0015-task-output.ts'
import { up as sourceTypes } from './migrations/0016-source-types.ts'
import { up as progress } from './migrations/0017-progress.ts'
import { up as destinationKinds } from './migrations/0018-destination-kinds.ts'
import { up as references } from './migrations/0019-references.ts'
import { up as receipts } from './migrations/0020-receipts.ts'
import { up as noList } from './migrations/0021-no-list.ts'
import { up as targets } from './migrations/0022-targets.ts'
import { up as receiptFiles } from './migrations/0023-receipt-files.ts'
import { up as parts } from './migrations/0024-parts.ts'
import { up as options } from './migrations/0025-options.ts'
import { up as startedWith } from './migrations/0026-started-with.ts'
import type { Tables } from './schema.ts'

/** All migrations in order. One that was published is never changed again. */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001-main-job': { up: mainJob },
  '0002-service': { up: service },
  '0003-console': { up: forConsole },
  '0004-leases': { up: leases },
  '0005-restricted': { up: restricted },
  '0007-guard': { up: guard },
  '0008-waiting': { up: waiting },
  '0009-alert-recipients': { up: alertRecipients },
  '0010-lost-processes': { up: lostProcesses },
  '0011-workspace': { up: workspace },
  '0012-audience-asked': { up: audienceAsked },
  '0013-subject': { up: subject },
  '0014-alert-owners': { up: alertOwners },
  '0015-task-output': { up: taskOutput },
  '0016-source-types': { up: sourceTypes },
  '0017-progress': { up: progress },
  '0018-destination-kinds': { up: destinationKinds },
  '0019-references': { up: references },
  '0020-receipts': { up: receipts },
  '0021-no-list': { up: noList },
  '0022-targets': { up: targets },
  '0023-receipt-files': { up: receiptFiles },
  '0024-parts': { up: parts },
  '0025-options': { up: options },
  '0026-started-with': { up: startedWith },
}

/**
 * Brings the database to the newest schema. Safe when several processes do it at once; one query when there is
 * nothing to do. Errors: `home_too_new` when a newer Rollcall has migrated it, `older_version_running` when an older one still works with it
 * after `endMs`.
 */
export async function migrate(
  db: Kysely<Tables>,
  { all = migrations, endMs = defaultLimits.lockWaitMs }: MigrateOptions = {},
): Promise<void> {
  const known = Object.keys(all)
  const applied = await appliedMigrations(db)
  const unknown = applied.filter((name) => !known.includes(name))
  if (unknown.length > 0) {
    throw new RollcallError('home_too_new', {
      detail: `its database knows the migration ${unknown.join(', ')}`,
    })
  }
  if (applied.length === known.length) return
  const provider = {
    getMigrations: async () => (applied.length === 0 ? { ...all } : unlessInUse(all, endMs)),
  }
  const { error } = await new Migrator({ db, provider }).migrateToLatest()
  if (error !== undefined) throw error
}

export interface MigrateOptions {
  readonly all?: Readonly<Record<string, Migration>>
  /** The sessions of a process that has just ended take so long to end, at most. */
  readonly endMs?: number
}

/**
 * The same migrations, which refuse to begin while a process works with the tables. It is looked for under the lock of the migrations:
 * another process of this version may have made them meanwhile, and work by now.
 */
function unlessInUse(all: Readonly<Record<string, Migration>>, endMs: number): Record<string, Migration> {
  let isFree = false
  const wrapped = Object.entries(all).map(([name, migration]) => {
    const unlessUsed = async (db: Kysely<unknown>): Promise<void> => {
      if (!isFree) await refuseInUse(db, endMs)
      isFree = true
      await migration.up(db)
    }
    return [name, { up: unlessUsed }] as const
  })
  return Object.fromEntries(wrapped)
}

async function appliedMigrations(db: Kysely<Tables>): Promise<string[]> {
  try {
    const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db)
    return rows.map((row) => row.name)
  } catch (error) {
    const isUndefinedTable = (error as { code?: string }).code === '42P01'
    if (isUndefinedTable) return []
    throw error
  }
}
