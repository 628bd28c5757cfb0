import { join } from 'node:path'
import { defaultLimits } from '../../src/base/limits.ts'
import type { Limits } from '../../src/base/limits.ts'
import { RollcallError } from '../../src/base/rollcall-error.ts'
import { previewQuery } from '../../src/engines/local/preview.ts'
import type { PreviewOptions } from '../../src/engines/local/preview.ts'
import { Workbench } from './workbench.ts'

/** What tests of previews, counts and tables share. */

export const CSV =
  'id,email,country,spent,born\n1,a@b.test,DE,50,1990-01-31\n2,b@b.test,FR,150.5,\n3,c@b.test,DE,900,2000-02-29\n'

export interface Asked extends Partial<Omit<PreviewOptions, 'limits'>> {
  readonly limits?: Partial<Limits>
}

export function optionsOf(
  bench: Workbench,
  from: string | readonly string[],
  asked: Asked = {},
): PreviewOptions {
  return {
    from: typeof from === 'string' ? [from] : from,
    query: null,
    emailColumn: 'email',
    rowsMax: 100,
    signal: new AbortController().signal,
    cwd: bench.dir,
    owner: 'somebody',
    openColumns: null,
    tempDir: join(bench.dir, 'temp'),
    ...asked,
    limits: { ...defaultLimits, ...asked.limits },
  }
}

export async function preview(
  bench: Workbench,
  content: string | Uint8Array,
  asked: Asked = {},
  name = 'in.csv',
) {
  return previewQuery(optionsOf(bench, await bench.write(name, content), asked))
}

export const code = async (work: Promise<unknown>) =>
  work.then(
    () => 'no error',
    (error: unknown) => {
      if (!(error instanceof RollcallError)) throw error
      return `${error.code}: ${error.message}`
    },
  )
