import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/support/longest-first.ts'

// Where programs of the command line keep what they compiled as well. Each of them, and each child that runs a query, starts in
// half the time.
process.env['NODE_COMPILE_CACHE'] ??= join(tmpdir(), 'node-compile-cache')

/** Folders whose files leave their process as they found it. They share it, and load what they import once. */
const shared = [
  'access',
  'audience',
  'base',
  'cli',
  'ledger',
  'objects',
  'pinterest',
  'repository',
  'server',
  'simulator',
  'sources',
  'store',
  'sync',
  'tenant',
  'web',
  'worker',
  'workflow',
].map((folder) => `test/${folder}/**/*.test.ts`)

/** What these change of their process would be there for others too. */
const own = ['test/engines/**/*.test.ts', 'test/server/peeping.test.ts']

export default defineConfig({
  test: {
    globalSetup: ['test/support/global-setup.ts'],
    // So long that a busy machine never fails a test: what is waited for comes, or never does.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 60_000 } },
    pool: 'forks',
    // Many tests wait, for a browser or for another process: two of them leave two cores idle for a quarter of the time, three for an eighth.
    maxWorkers: 4,
    sequence: { sequencer: LongestFirst },
    reporters: ['default'],
    projects: [
      { extends: true, test: { name: 'shared', include: shared, exclude: own, isolate: false } },
      { extends: true, test: { name: 'own', include: own } },
    ],
  },
})
