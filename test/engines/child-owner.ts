import { defaultLimits } from '../../src/base/limits.ts'
import { countRows } from '../../src/engines/local/preview.ts'

/** Counts the rows of a query over a file, and waits for it; a test ends this process meanwhile. */
const [file = '', tempDir = '', query = ''] = process.argv.slice(2)
await countRows({
  from: [file],
  query,
  emailColumn: 'email',
  limits: defaultLimits,
  signal: new AbortController().signal,
  cwd: '/',
  tempDir,
  owner: 'somebody',
})
