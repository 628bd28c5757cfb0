import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/support/longest-first.ts'

// Where programs of the command line keep what they compiled as well. Each of them, and each child that runs a query, starts in
// half the time.
process.env['NODE_COMPILE_CACHE'] ??= join(tmpdir(), 'node-compile-cache')

/**
 * It measures the memory of its own process. All other files leave theirs as they found it, so that they share it and load what they
 * import once.
 */
const own = ['test/engines/child.test.ts']

/** They have commands of their own: what a browser shows, and long sweeps of kills, random histories and places to start from. */
const browser = ['test/**/*.browser.test.ts']
const sweeps = ['test/**/*.sweep.test.ts']

export default defineConfig({
  test: {
    globalSetup: ['test/support/global-setup.ts'],
    // So long that a busy machine never fails a test: what is waited for comes, or never does.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 180_000 } },
    pool: 'forks',
    // Many tests wait, for a browser, another process or the clock: fewer at a time leave two cores idle.
    maxWorkers: 5,
    sequence: { sequencer: LongestFirst },
    reporters: ['default'],
    projects: [
      {
        extends: true,
        test: {
          name: 'shared',
          include: ['test/**/*.test.ts'],
          exclude: [...own, ...browser, ...sweeps],
          isolate: false,
        },
      },
      { extends: true, test: { name: 'browser', include: browser, isolate: false } },
      { extends: true, test: { name: 'sweeps', include: sweeps, isolate: false } },
      { extends: true, test: { name: 'own', include: own } },
    ],
  },
})
