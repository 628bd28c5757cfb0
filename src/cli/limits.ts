import { Command } from '@commander-js/extra-typings'
import { limitDefinitions } from '../base/limits.ts'
import type { LimitName } from '../base/limits.ts'
import { createOutput, dim, printError, table } from './output.ts'

/** On the command line, a run waits for Pinterest on request alone. */
const OF_WAITING: ReadonlySet<LimitName> = new Set(['taskWaitMs', 'taskWaitForMs'])

export function limitsCommand() {
  return new Command('limits')
    .description('show every limit and its value')
    .option('--json', 'print one JSON object', false)
    .action(async (options) => {
      const output = createOutput(options.json)
      try {
        const { loadLimits, openHome } = await import('../store/home.ts')
        const home = await openHome(process.env)
        const limits = await loadLimits(home)
        const names = Object.keys(limitDefinitions) as LimitName[]
        const rows = names.map((name) => {
          const { about, min, max, default: standard } = limitDefinitions[name]
          const changed = limits[name] === standard ? '' : `default ${standard}`
          const only = OF_WAITING.has(name) ? ' (with --wait)' : ''
          return [name, String(limits[name]), changed, `${min} to ${max}`, `${about}${only}`]
        })
        output.result({ limits, file: home.settingsFile }, [
          ...table(['limit', 'value', '', 'range', 'meaning'], rows, [1]),
          '',
          dim(`Set them in ${home.settingsFile}, for example {"batchSize": 5000}.`),
        ])
      } catch (error) {
        printError(output, error)
      }
    })
}
