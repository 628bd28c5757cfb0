import { defineConfig } from 'vitest/config'

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
