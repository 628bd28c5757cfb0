#!/usr/bin/env node
// Entry of the command line. Rollcall brings its own Node 24; an older one on the PATH hands over to it.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import nodeModule from 'node:module'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const NODE_MAJOR_MIN = 24

if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR_MIN) {
  // Not a named import: an older Node lacks it, and would not even start.
  nodeModule.enableCompileCache()
  // The row engine keeps some of these threads busy; files and passwords need others. Read when the first one starts.
  process.env.UV_THREADPOOL_SIZE ??= '8'
  const root = dirname(import.meta.dirname)
  // A checkout runs its sources; the published package holds only what `tsc` built from them.
  const main = existsSync(join(root, 'src'))
    ? await import('../src/cli/main.ts')
    : await import('../dist/src/cli/main.js')
  await main.main(process.argv.slice(2))
} else {
  const { resolve } = nodeModule.createRequire(import.meta.url)
  const node = join(dirname(resolve('node/package.json')), 'bin', 'node')
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    process.stderr.write(
      `Rollcall needs Node ${NODE_MAJOR_MIN} and could not start its own: ${error.message}. Run npm ci again.\n`,
    )
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal]
  })
}
