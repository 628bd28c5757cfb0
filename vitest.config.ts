import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

// Where programs of the command line keep what they compiled as well. Each of them, and each child that runs a query, starts in
// half the time.
process.env['NODE_COMPILE_CACHE'] ??= join(tmpdir(), 'node-compile-cache')

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // Many tests wait, for a browser or for another process: two of them leave two cores idle for a quarter of the time.
    maxWorkers: 3,
    reporters: ['default'],
  },
})
