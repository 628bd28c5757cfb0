import { main } from '../../src/cli/main.ts'
import type { Ended } from '../support/processes.ts'

/** Runs each of the command lines it is given as JSON, and prints how they ended as JSON. */

const lines = JSON.parse(process.argv[2] ?? '[]') as string[][]
const print = process.stdout.write.bind(process.stdout)
// Every run listens for a pipe that closes early.
process.stdout.setMaxListeners(0)
const results: Ended[] = []
for (const args of lines) {
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
process.exitCode = 0
print(JSON.stringify(results))
