import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from '@commander-js/extra-typings'
import { expect, test } from 'vitest'
import { actionCatalogue, errorCatalogue, optionsOf, stepsOf } from '../../src/base/catalogue.ts'
import type { ActionName, Surface } from '../../src/base/catalogue.ts'
import { planCommand } from '../../src/cli/plan.ts'
import { addVerbs } from '../../src/cli/resource.ts'
import { resolveCommand } from '../../src/cli/resolve.ts'
import { isResource } from '../../src/server/resources.ts'
import { syncCommand } from '../../src/cli/sync.ts'

/** Advice of an error names no option that the command refuses which it names. */

const OPTION = /(?<![\w-])--[a-z][a-z-]*/g

const jobs = [syncCommand(), planCommand()] as unknown as Command[]

/** Options of `rollcall NAME VERB`, or of `rollcall NAME`. */
function optionsOfCommand(name: string, verb: string): string[] {
  if (!isResource(name)) {
    const own = [...jobs, resolveCommand() as unknown as Command]
    return longsOf(own.find((command) => command.name() === name))
  }
  const group = new Command(name)
  addVerbs(group, name, [verb])
  return longsOf(group.commands.find((command) => command.name() === verb) as Command | undefined)
}

function longsOf(command: Command | undefined): string[] {
  return (command?.options ?? []).map(({ long }) => long ?? '')
}

/** What of a text no command would take that it names; without a command, what `others` would refuse. */
function refusedOf(text: string, others: readonly Command[]): string[] {
  const options = text.match(OPTION) ?? []
  if (options.length === 0) return []
  const named = [...text.matchAll(/`rollcall ([a-z-]+)(?: ([a-z-]+))?/g)].map(([, name = '', verb = '']) =>
    optionsOfCommand(name, verb),
  )
  const takers = named.length > 0 ? named : others.map(longsOf)
  if (takers.length === 0) return [`${text}: no command takes it`]
  return options
    .filter((option) => takers.some((taken) => !taken.includes(option)))
    .map((option) => `${text}: ${option}`)
}

const actions = Object.keys(actionCatalogue) as ActionName[]

test.each(['run', 'saved'] satisfies Surface[])('what options do about an error of what is %s', (surface) => {
  const texts = actions.map((action) => optionsOf(action, surface)).filter((text) => text !== null)
  expect(texts.length).toBeGreaterThan(5)
  expect(texts.flatMap((text) => refusedOf(text, []))).toEqual([])
})

test('a text that is shown everywhere names no option', () => {
  const texts = [
    ...Object.values(errorCatalogue).map(({ message }) => message),
    ...actions.map((action) => actionCatalogue[action].about),
    ...actions.flatMap(stepsOf),
  ]
  expect(texts.filter((text) => text.match(OPTION) !== null)).toEqual([])
})

/** Thrown by `sync` and `plan` alone, before anything is read. */
const OF_JOBS: ReadonlySet<string> = new Set(['sync/inputs.ts', 'engines/local/records/rejects-file.ts'])

test('details of errors outside the command line name options of sync and plan, or the command', () => {
  const src = join(import.meta.dirname, '../../src')
  const files = globSync(
    '{sync,engine,source,tenant,workflow,pinterest,access,server,worker,ledger}/**/*.ts',
    { cwd: src },
  )
  const refused = files.flatMap((file) => {
    const code = readFileSync(join(src, file), 'utf8').replaceAll(/\/\*[^]*?\*\/|^ *\/\/.*$/gm, '')
    // Sentences, not the arguments of programs.
    const lines = code
      .replaceAll(/(['"`])--[^\s'"`]*\1/g, '')
      .replaceAll('\\`', '`')
      .split('\n')
    const others = OF_JOBS.has(file) ? jobs : []
    return lines.flatMap((line) => refusedOf(line, others)).map((one) => `${file}: ${one}`)
  })
  expect(refused).toEqual([])
})
