#!/usr/bin/env node
// Entry of the command line. Rollcall brings its own Node 24; an older one on the PATH hands over to it.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { createRequire, enableCompileCache } from 'node:module'
import { dirname, join } from 'node:path'

const NODE_MAJOR_MIN = 24

if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR_MIN) {
  enableCompileCache?.()
  const root = dirname(import.meta.dirname)
  // A checkout runs its sources; the published package holds only what `tsc` built from them.
  const main = existsSync(join(root, 'src'))
    ? await import('../src/cli/main.ts')
    : await import('../dist/src/cli/main.js')
  await main.main(process.argv.slice(2))
} else {
  const node = join(dirname(createRequire(import.meta.url).resolve('node/package.json')), 'bin', 'node')
  const child = spawn(node, [new URL(import.meta.url).pathname, ...process.argv.slice(2)], {
    stdio: 'inherit',
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    process.stderr.write(
      `Rollcall needs Node ${NODE_MAJOR_MIN} and could not start its own: ${error.message}. Run npm ci again.`,
    )
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal]
  })
}
