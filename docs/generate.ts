import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { actionCatalogue, errorCatalogue, stepsOf } from '../src/base/catalogue.ts'
import type { ActionName } from '../src/base/catalogue.ts'
import { limitDefinitions } from '../src/base/limits.ts'
import { optionsOf } from '../src/cli/option-advice.ts'
import { licencesPage } from './supply-chain.ts'

/** Pages that are made from the code, so that they cannot differ from it. A test compares them; `npm run docs` writes them. */
export const pages = {
  'errors.md': errorsPage,
  'limits.md': limitsPage,
  'licences.md': () => licencesPage(GENERATED),
} as const

const GENERATED = '<!-- Made by `npm run docs` from the code. -->'

const SURFACES = [
  ['run', 'On the command line'],
  ['saved', 'On the command line, for what is saved'],
] as const

function errorsPage(): string {
  const errors = Object.entries(errorCatalogue).map(([code, entry]) => {
    const actions = entry.actions.map((action) => `\`${action}\``).join(', ')
    return [
      `### \`${code}\``,
      '',
      entry.message.replaceAll(/\{(\w+)\}/g, '*$1*'),
      '',
      `Exit code ${entry.exit} · ${entry.attribution === 'platform' ? 'often passes by itself' : 'needs your action'} · actions: ${actions === '' ? 'none' : actions}`,
      '',
    ].join('\n')
  })
  const actions = Object.entries(actionCatalogue).map(([name, action]) => {
    const steps = stepsOf(name as ActionName).map(
      (step, index) => `${index + 1}. ${step.replaceAll(/\{(\w+)\}/g, '*$1*')}`,
    )
    const options = SURFACES.flatMap(([surface, title]) => {
      const text = optionsOf(name as ActionName, surface)
      return text === null ? [] : [`${title}: ${text}`, '']
    })
    return [
      `### ${action.title} (\`${name}\`)`,
      '',
      action.about.replaceAll(/\{(\w+)\}/g, '*$1*'),
      '',
      ...steps,
      ...(steps.length > 0 ? [''] : []),
      ...options,
    ].join('\n')
  })
  return [
    '# Errors and workflow actions',
    '',
    GENERATED,
    '',
    'Every error has a code, a cause and the actions that resolve it. `rollcall resolve WORKFLOW ACTION` takes one.',
    '',
    '## Errors',
    '',
    ...errors,
    '## Workflow actions',
    '',
    ...actions,
  ]
    .join('\n')
    .trimEnd()
    .concat('\n')
}

function limitsPage(): string {
  const rows = Object.entries(limitDefinitions).map(
    ([name, limit]) =>
      `| \`${name}\` | ${number(limit.default)} | ${number(limit.min)} to ${number(limit.max)} | ${limit.about} |`,
  )
  return [
    '# Limits',
    '',
    GENERATED,
    '',
    'Set them in `settings.json` of the data folder, for example `{"batchSize": 5000}`. `rollcall limits` shows what is in force.',
    '',
    '| limit | default | range | meaning |',
    '| --- | ---: | ---: | --- |',
    ...rows,
    '',
  ].join('\n')
}

function number(value: number): string {
  return value.toLocaleString('en-US')
}

if (import.meta.main) {
  for (const [name, page] of Object.entries(pages)) writeFileSync(join(import.meta.dirname, name), page())
}
