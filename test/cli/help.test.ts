import { expect, test } from 'vitest'
import { words } from '../../src/base/words.ts'
import { fieldsOf } from '../../src/cli/fields.ts'
import { createProgram } from '../../src/cli/main.ts'
import { commandOfItsOwn, operations, withoutCommand } from '../../src/cli/resource.ts'

/** What `--help` says of an option tells more than its name does. */

/** A text without what says nothing: case, signs and articles. */
function bare(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9 ]|\b(?:a|an|the)\b/g, ' ')
    .replaceAll(/ +/g, ' ')
    .trim()
}

test('no option of the service only repeats its name', () => {
  const own = operations().filter(
    ({ id }) => withoutCommand[id] === undefined && commandOfItsOwn[id] === undefined,
  )
  const empty = own.flatMap(({ id, body, query }) =>
    [...fieldsOf(body), ...fieldsOf(query)].flatMap(({ path, about }) => {
      const [said = ''] = about.split(';')
      return [path.join(' '), path.at(-1) ?? ''].some((name) => bare(words(name)) === bare(said))
        ? [`${id} --${path.join('-')}: ${about}`]
        : []
    }),
  )
  expect(empty).toEqual([])
})

test('no option of another command only repeats its name', () => {
  const empty = createProgram().commands.flatMap((command) =>
    command.options.flatMap(({ long, description }) =>
      bare(words((long ?? '').slice(2).replaceAll('-', ' '))) === bare(description)
        ? [`${command.name()} ${long}: ${description}`]
        : [],
    ),
  )
  expect(empty).toEqual([])
})
