import { Command, CommanderError } from '@commander-js/extra-typings'
import { RollcallError } from '../base/rollcall-error.ts'
import { limitsCommand } from './limits.ts'
import { createOutput, printError } from './output.ts'
import { planCommand } from './plan.ts'
import { resolveCommand } from './resolve.ts'
import { runCommand } from './run.ts'
import { runsCommand } from './runs.ts'
import { simulatorCommand } from './simulator.ts'
import { startCommand } from './start.ts'
import { statusCommand } from './status.ts'
import { syncCommand } from './sync.ts'

const ABOUT = `Keeps a Pinterest customer list exactly in step with a query, and can prove it.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 waits for a person.`

/** Runs one command line. Never throws: errors are printed and become the exit code. */
export async function main(args: readonly string[]): Promise<void> {
  process.stdout.on('error', ignoreBrokenPipe)
  try {
    await createProgram().parseAsync(args, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return
    printError(
      createOutput(args.includes('--json')),
      error instanceof CommanderError ? usageError(error) : error,
    )
  }
}

function createProgram(): Command {
  const program = new Command('rollcall')
    .description(ABOUT)
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .action(() => program.help())
  const commands = [
    startCommand,
    planCommand,
    syncCommand,
    runsCommand,
    runCommand,
    resolveCommand,
    statusCommand,
    limitsCommand,
    simulatorCommand,
  ]
  for (const create of commands) {
    program.addCommand(create().copyInheritedSettings(program).showSuggestionAfterError())
  }
  return program
}

/** Commander's own message, without its "error:" and with what to do. */
function usageError(error: CommanderError): RollcallError {
  const detail = error.message.replace(/^error: /, '').trim()
  const sentence = detail.charAt(0).toUpperCase() + detail.slice(1)
  return new RollcallError('wrong_usage', { detail: `${sentence}\nrollcall --help lists what there is.` })
}

/** `rollcall runs | head` closes our stdout early, which is no error. */
function ignoreBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}
