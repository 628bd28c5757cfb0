import { Command, CommanderError, Help } from '@commander-js/extra-typings'
import type { Option } from '@commander-js/extra-typings'
import { nearestName } from '../base/nearest.ts'
import { RollcallError } from '../base/rollcall-error.ts'
import { VERSION } from '../base/version.ts'
import { capital } from '../base/words.ts'
import { applyCommand } from './apply.ts'
import { exportCommand } from './export.ts'
import { limitsCommand } from './limits.ts'
import { createOutput, printError } from './output.ts'
import { planCommand } from './plan.ts'
import { resolveCommand } from './resolve.ts'
import { isResource, resources } from '../server/resources.ts'
import { runCommand } from './run.ts'
import { runsCommand } from './runs.ts'
import { simulatorCommand } from './simulator.ts'
import { serverCommand, startCommand, workerCommand } from './server.ts'
import { statusCommand } from './status.ts'
import { syncCommand } from './sync.ts'

const ABOUT = `Keeps a Pinterest customer list exactly in step with a query, and can prove it.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 waits for a person.
Set ROLLCALL_URL and ROLLCALL_API_KEY to work with a server elsewhere. Commands that work only on this machine refuse both.`

/** Commands that work on this machine alone, each with the one that asks the server of ROLLCALL_URL instead, if there is one. */
const onlyHere: Readonly<Record<string, string | null>> = {
  start: null,
  server: null,
  worker: null,
  plan: 'orchestrations plan',
  sync: 'orchestrations run',
  runs: 'workflows list',
  run: 'workflows get',
  status: 'lists list',
  limits: null,
  simulator: null,
}

/** Runs one command line. Never throws: errors are printed and become the exit code. */
export async function main(args: readonly string[]): Promise<void> {
  process.stdout.on('error', ignoreBrokenPipe)
  const program = createProgram()
  try {
    await addResources(program, args)
    if (args.some((arg) => arg === '-h' || arg === '--help')) checkNames(program, args)
    await program.parseAsync(args.length === 0 ? ['--help'] : args, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return
    const known = error instanceof CommanderError ? usageError(error, args, program) : error
    printError(createOutput(args.includes('--json')), known)
  }
}

/** All commands; the verbs of the service's resources are added to it. */
export function createProgram(): Command {
  const program = new Command('rollcall')
    .description(ABOUT)
    .exitOverride()
    .configureOutput({ outputError: () => {}, writeErr: () => {} })
    .configureHelp({ optionDescription: describeOption })
    // A command has options of its own, such as the version of what it edits.
    .enablePositionalOptions()
    .version(VERSION, '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .hook('preAction', (root, command) => {
      if (command.parent === root) refuseServer(command.name())
    })
  const commands = [
    startCommand,
    serverCommand,
    workerCommand,
    planCommand,
    syncCommand,
    runsCommand,
    runCommand,
    resolveCommand,
    statusCommand,
    exportCommand,
    applyCommand,
    limitsCommand,
    simulatorCommand,
  ]
  for (const create of commands) {
    program.addCommand(create().copyInheritedSettings(program).showSuggestionAfterError())
  }
  return program
}

/** What a command of this machine did or showed would not be that of the server. Error: `wrong_usage`. */
function refuseServer(name: string): void {
  const instead = onlyHere[name]
  if (instead === undefined || !process.env['ROLLCALL_URL']) return
  const way = instead === null ? 'Unset ROLLCALL_URL' : `Use \`rollcall ${instead}\`, or unset ROLLCALL_URL`
  const detail = `\`rollcall ${name}\` works on this machine only, and ROLLCALL_URL names a server. ${way}.`
  throw new RollcallError('wrong_usage', { detail })
}

/** One line each, and the verbs of the one that is asked for: they are made from the API's routes, which take a while to load. */
async function addResources(program: Command, args: readonly string[]): Promise<void> {
  program.commandsGroup('The service (`rollcall NAME --help` lists the verbs):')
  const [name, ...rest] = args[0] === 'help' ? args.slice(1) : args
  for (const [resource, about] of Object.entries(resources)) {
    const group = program.command(resource).description(about).showSuggestionAfterError()
    if (resource !== name || !isResource(name)) continue
    const { addVerbs } = await import('./resource.ts')
    addVerbs(group, name, rest)
  }
}

/** The parser shows the help of a command before it looks whether the name behind it is one of its own. */
function checkNames(command: Command, [name = '-', ...rest]: readonly string[]): void {
  const { commands } = command
  if (commands.length === 0 || name.startsWith('-') || name === 'help') return
  const found = commands.find((inner) => inner.name() === name)
  if (found !== undefined) return checkNames(found as Command, rest)
  const names = commands.map((inner) => inner.name())
  throw new CommanderError(2, 'commander.unknownCommand', unknownCommand(name, names))
}

/** That a switch is off unless it is given goes without saying. */
function describeOption(option: Option): string {
  return option.isBoolean() ? option.description : new Help().optionDescription(option)
}

/** The parser's own message in one line, without its "error:", and where to look. */
function usageError(error: CommanderError, args: readonly string[], program: Command): RollcallError {
  const names = program.commands.map((command) => command.name())
  const problem =
    error.code === 'commander.help'
      ? unknownCommand(args[1] ?? '', names)
      : error.message.replace(/^error: /, '')
  const [sentence = '', suggestion] = problem.trim().split('\n')
  const parts = [
    `${capital(sentence).replace(/\.$/, '')}.`,
    ...(suggestion === undefined ? [] : [suggestion.replace(/^\((.*)\)$/, '$1')]),
    `\`${commandOf(program, args)} --help\` shows what is available.`,
  ]
  return new RollcallError('wrong_usage', { detail: parts.join(' ') })
}

/** The command that was meant, as far as it is known: "rollcall", "rollcall sync", "rollcall queries preview". */
function commandOf(command: Command, [name, ...rest]: readonly string[]): string {
  const found = command.commands.find((inner) => inner.name() === name)
  return found === undefined ? command.name() : `${command.name()} ${commandOf(found as Command, rest)}`
}

/** `rollcall help COMMAND` of a command that is not there: the parser has no words for it. */
function unknownCommand(typed: string, names: readonly string[]): string {
  const near = nearestName(typed, names)
  return `unknown command '${typed}'${near === null ? '' : `\nDid you mean ${near}?`}`
}

/** `rollcall runs | head` closes our stdout early, which is no error. */
function ignoreBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}
