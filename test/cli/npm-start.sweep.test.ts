import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { makeFolder } from '../support/folder.ts'
import { CHECKOUT, processesNaming, runProgram } from '../support/processes.ts'

/** What npm starts ends with npm, which passes no signal on to it. */

const LONG = { timeout: 300_000 }

interface Started {
  readonly pid: number
  readonly dir: string
  readonly gone: Promise<unknown>
  /** Resolves when it has said so. */
  readonly says: (words: RegExp) => Promise<void>
}

async function start(
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Started> {
  const folder = await makeFolder('npm')
  const child = spawn(program, args, {
    cwd: CHECKOUT,
    env: {
      PATH: process.env['PATH'],
      HOME: folder.dir,
      TMPDIR: folder.dir,
      ROLLCALL_HOME: join(folder.dir, 'home'),
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      npm_config_update_notifier: 'false',
      npm_config_cache: join(folder.dir, 'npm'),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const gone = once(child, 'exit')
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (piece: string) => (text += piece))
  onTestFinished(async () => {
    child.kill('SIGKILL')
    for (const pid of [...left(folder.dir), ...servicesIn(folder.dir)]) process.kill(pid, 'SIGKILL')
    await folder.remove()
  })
  const says = async (words: RegExp): Promise<void> => {
    await expect.poll(() => text, { timeout: 240_000, interval: 50 }).toMatch(words)
  }
  return { pid: child.pid ?? 0, dir: folder.dir, gone, says }
}

/** The server of the embedded database, which is the last to go. */
function left(dir: string): number[] {
  return processesNaming(`${dir}/`)
}

/** Programs of ours that use this folder: `bin/rollcall.js`, or what npx calls it by. */
function servicesIn(dir: string): number[] {
  return processesNaming('rollcall').filter((pid) => environmentOf(pid).includes(`TMPDIR=${dir}\0`))
}

function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8')
  } catch {
    return ''
  }
}

test.each(['SIGTERM', 'SIGKILL'] as const)('npm start ends with npm, by %s', LONG, async (signal) => {
  const demo = await start('npm', ['start', '--', '--port', '0'])
  await demo.says(/#ticket=/)
  expect(left(demo.dir).length).toBeGreaterThan(0)
  process.kill(demo.pid, signal)
  await demo.gone
  await expect.poll(() => [...left(demo.dir), ...servicesIn(demo.dir)], { timeout: 180_000 }).toEqual([])
  expect(readdirSync(demo.dir).filter((name) => name.startsWith('rollcall-demo-'))).toEqual([])
})

test('so does the simulator', LONG, async () => {
  const simulator = await start('npm', ['run', '-s', 'rollcall', '--', 'simulator', '--port', '0'])
  await simulator.says(/Ctrl-C to end it/)
  process.kill(simulator.pid, 'SIGKILL')
  await simulator.gone
  await expect.poll(() => servicesIn(simulator.dir), { timeout: 180_000 }).toEqual([])
})

test('so do a service and a worker that npx started', LONG, async () => {
  const npx = ['--no-install', 'rollcall']
  const service = await start('npx', [...npx, 'start', '--port', '0'])
  await service.says(/Rollcall is running at/)
  const worker = await start('npx', [...npx, 'worker'], { ROLLCALL_HOME: join(service.dir, 'home') })
  await worker.says(/The worker is running/)
  for (const { dir, pid, gone } of [service, worker]) {
    expect(servicesIn(dir).length).toBeGreaterThan(0)
    process.kill(pid, 'SIGKILL')
    await gone
    await expect.poll(() => servicesIn(dir), { timeout: 180_000 }).toEqual([])
  }
  await expect.poll(() => left(service.dir), { timeout: 180_000 }).toEqual([])
})

test('what was started otherwise outlives its parent', LONG, async () => {
  const script = `node bin/rollcall.js worker & wait`
  const shell = await start('sh', ['-c', script])
  await shell.says(/The worker is running/)
  process.kill(shell.pid, 'SIGKILL')
  await shell.gone
  // Another command, meanwhile, has the time to start, attach and end.
  const env = { ROLLCALL_HOME: join(shell.dir, 'home') }
  expect((await runProgram('bin/rollcall.js', ['runs', '--json'], { env })).code).toBe(0)
  const services = servicesIn(shell.dir)
  expect(services.length).toBeGreaterThan(0)
  for (const pid of services) process.kill(pid, 'SIGTERM')
  await expect.poll(() => [...left(shell.dir), ...servicesIn(shell.dir)], { timeout: 180_000 }).toEqual([])
})
