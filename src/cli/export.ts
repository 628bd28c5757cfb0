import { writeFile } from 'node:fs/promises'
import { Command, Option } from '@commander-js/extra-typings'
import { RollcallError } from '../base/rollcall-error.ts'
import { withApi } from './api-client.ts'
import { createOutput, printError } from './output.ts'

export function exportCommand() {
  return new Command('export')
    .description('print the configuration, without secrets, for `rollcall apply`')
    .addOption(
      new Option(
        '--format <format>',
        'how to write it; yaml unless the name of --output ends in .json',
      ).choices(['yaml', 'json'] as const),
    )
    .option('-o, --output <file>', 'write to this file; a name ending in .json gives JSON')
    .option('--json', 'print one JSON object', false)
    .action(async (options) => {
      const output = createOutput(options.json)
      try {
        const { body } = await withApi((api, signal) =>
          api.request('GET', '/configuration', undefined, { signal }),
        )
        const document = Object(body) as object
        const { writeText } = await import('../workspace/configuration/text.ts')
        const file = options.output
        const isJson = file?.toLowerCase().endsWith('.json') === true
        const text = await writeText(document, options.format ?? (isJson ? 'json' : 'yaml'))
        if (file === undefined) return output.result(document, text.replace(/\n$/, '').split('\n'))
        await write(file, text)
        output.result({ file }, [`Wrote ${file}.`])
      } catch (error) {
        printError(output, error)
      }
    })
}

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text)
  } catch (error) {
    const code = String((Object(error) as { code?: unknown }).code)
    throw new RollcallError(
      'wrong_usage',
      { detail: `${file} cannot be written: ${code}.` },
      { cause: error },
    )
  }
}
