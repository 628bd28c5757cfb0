import { spawn } from 'node:child_process'
import { cpus } from 'node:os'

/**
 * `npm test`: every check of the project but those of the browser and the long sweeps. The tests begin once the console is built; the
 * other checks run beside them and are shown at the end, in full when they fail. Exits 0 only when all passed.
 */

// Several threads check what they share several times over, and the tests beside them need both cores.
const checks = [
  ['types', 'tsc', '--noEmit', '--singleThreaded'],
  ['types of the console', 'tsc', '--noEmit', '--singleThreaded', '-p', 'web/src/tsconfig.json'],
  ['lint', 'oxlint', '--type-aware', '--deny-warnings'],
  ['format', 'oxfmt', '--check', '.'],
  ['dead code', 'knip'],
] as const

interface Outcome {
  readonly code: number
  readonly text: string
}

async function outcomeOf(name: string, [command = '', ...args]: readonly string[]) {
  return { name, ...(await run(command, args, false)) }
}

function run(command: string, args: readonly string[], show: boolean): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: ['ignore', show ? 'inherit' : 'pipe', show ? 'inherit' : 'pipe'],
    })
    let text = ''
    child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()))
    child.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()))
    child.on('error', (error) => resolve({ code: 1, text: error.message }))
    child.on('close', (code) => resolve({ code: code ?? 1, text }))
  })
}

console.log(`Checking on ${cpus().length} cores with Node ${process.versions.node}`)
const beside = checks.map(([name, ...command]) => outcomeOf(name, command))
const built = await outcomeOf('console is built', ['node', 'web/build.ts'])
const tests = await run('vitest', ['run', '--project', 'shared', '--project', 'own'], true)
const outcomes = [built, ...(await Promise.all(beside))]
for (const { name, code, text } of outcomes) {
  console.log(`${code === 0 ? '✓' : '✗'} ${name}`)
  if (code !== 0) console.log(text)
}
process.exitCode = tests.code !== 0 || outcomes.some(({ code }) => code !== 0) ? 1 : 0
