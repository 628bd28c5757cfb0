import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from '@commander-js/extra-typings'
import { expect, test } from 'vitest'
import { actionCatalogue } from '../../src/base/catalogue.ts'
import type { ActionName } from '../../src/base/catalogue.ts'
import { optionsOf } from '../../src/cli/option-advice.ts'
import type { Surface } from '../../src/cli/option-advice.ts'
import { planCommand } from '../../src/cli/plan.ts'
import { addVerbs } from '../../src/cli/resource.ts'
import { resolveCommand } from '../../src/cli/resolve.ts'
import { isResource } from '../../src/server/resources.ts'
import { syncCommand } from '../../src/cli/sync.ts'

/** Advice of an error names no option that the command refuses which it names. */

const OPTION = /(?<![\w-])--[a-z][a-z-]*/

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

/** The options in a text that a command which it names would refuse. */
function refusedOf(text: string): string[] {
  const options = text.match(new RegExp(OPTION, 'g')) ?? []
  const takers = [...text.matchAll(/`rollcall ([a-z-]+)(?: ([a-z-]+))?/g)].map(([, name = '', verb = '']) =>
    optionsOfCommand(name, verb),
  )
  if (options.length > 0 && takers.length === 0) return [`${text}: no command takes it`]
  return options
    .filter((option) => takers.some((taken) => !taken.includes(option)))
    .map((option) => `${text}: ${option}`)
}

const actions = Object.keys(actionCatalogue) as ActionName[]

test.each(['run', 'saved'] satisfies Surface[])('what options do about an error of what is %s', (surface) => {
  const texts = actions.map((action) => optionsOf(action, surface)).filter((text) => text !== null)
  expect(texts.length).toBeGreaterThan(5)
  expect(texts.flatMap((text) => refusedOf(text))).toEqual([])
})

test('texts outside the command line name none of its options', () => {
  const src = join(import.meta.dirname, '../../src')
  const files = globSync('**/*.ts', { cwd: src, exclude: ['cli/**'] })
  expect(files.length).toBeGreaterThan(200)
  const named = files.flatMap((file) => {
    const code = readFileSync(join(src, file), 'utf8').replaceAll(/\/\*[^]*?\*\/|^ *\/\/.*$/gm, '')
    // Sentences, not the arguments of programs. Options of npm are not ours.
    const lines = code.replaceAll(/(['"`])--[^\s'"`]*\1/g, '').split('\n')
    return lines
      .filter((line) => !line.includes('npm ci') && OPTION.test(line))
      .map((line) => `${file}: ${line.trim()}`)
  })
  expect(named).toEqual([])
})
