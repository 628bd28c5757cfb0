import { main } from '../../src/cli/main.ts'
import type { Ended } from '../support/processes.ts'

/**
 * Runs each of the command lines it is given as JSON, and prints how they ended as JSON. `$3.items.0.id` in an argument is what
 * the fourth of them printed there with `--json`.
 */

const lines = JSON.parse(process.argv[2] ?? '[]') as string[][]
const print = process.stdout.write.bind(process.stdout)
// Every run listens for a pipe that closes early.
process.stdout.setMaxListeners(0)
const results: Ended[] = []
for (const line of lines) {
  const args = line.map((arg) =>
    arg.replaceAll(/\$(\d+)\.([\w.]+)/g, (_, index, path) => printedAt(index, path)),
  )
  const ended = { code: 0, stdout: '', stderr: '' }
  process.stdout.write = (text: unknown) => {
    ended.stdout += String(text)
    return true
  }
  process.stderr.write = (text: unknown) => {
    ended.stderr += String(text)
    return true
  }
  process.exitCode = 0
  await main(args)
  results.push({ ...ended, code: process.exitCode })
}

function printedAt(index: string, path: string): string {
  const printed = JSON.parse(results[Number(index)]?.stdout ?? 'null') as unknown
  const value = path
    .split('.')
    .reduce<unknown>((object, name) => (Object(object) as Record<string, unknown>)[name], printed)
  return typeof value === 'string' ? value : JSON.stringify(value)
}

process.exitCode = 0
print(JSON.stringify(results))
