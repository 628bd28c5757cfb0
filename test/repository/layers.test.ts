import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

/** The only product files that may reach the simulator: commands that exist to run it. */
const mayRunSimulator = ['src/cli/simulator.ts', 'src/cli/demo/']

const root = resolve(import.meta.dirname, '../..')
const files = globSync(['src/**/*.ts', 'simulator/**/*.ts'], { cwd: root })
const contributing = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8')

/** Arrows between folders run one way. A folder may import those that its row of CONTRIBUTING.md lists, and itself. */
const rows = [...contributing.matchAll(/^\| `src\/(\w+)\/`\s+\|[^|]+\| ([\w, ]+?)\s+\|$/gm)].map(
  ([, folder = '', list = '']) => [folder, list === 'nothing' ? [] : list.split(', ')] as const,
)
const mayImport: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(rows.map(([folder, list]) => [`src/${folder}`, list.map((one) => `src/${one}`)])),
  simulator: ['src/members'],
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8')
  const specifiers = [...text.matchAll(/(?:from|import\()\s*'(\.[^']*)'/g)].map((match) => match[1] ?? '')
  return specifiers.map((specifier) => relative(root, resolve(root, dirname(file), specifier)))
}

function folderOf(file: string): string {
  const parts = file.split('/')
  return parts[0] === 'src' ? parts.slice(0, 2).join('/') : (parts[0] ?? '')
}

/** Groups of files that import each other, each in the order of its imports. */
function cyclesOf(all: readonly string[]): string[] {
  const known = new Set(all)
  const open: string[] = []
  const done = new Set<string>()
  const found: string[] = []
  const visit = (file: string): void => {
    if (open.includes(file)) found.push([...open.slice(open.indexOf(file)), file].join(' > '))
    if (done.has(file) || open.includes(file)) return
    open.push(file)
    for (const imported of importsOf(file)) if (known.has(imported)) visit(imported)
    open.pop()
    done.add(file)
  }
  for (const file of all) visit(file)
  return found
}

describe('layers', () => {
  test('every folder is listed, below all that it may import', () => {
    expect(new Set(files.map(folderOf))).toEqual(new Set(Object.keys(mayImport)))
    const names = rows.map(([folder]) => folder)
    const upwards = rows.filter(([folder, list]) =>
      list.some((one) => !names.slice(0, names.indexOf(folder)).includes(one)),
    )
    expect(upwards).toEqual([])
  })

  test('what a folder may import, it does', () => {
    const used = new Set(
      files.flatMap((file) => importsOf(file).map((one) => `${folderOf(file)} > ${folderOf(one)}`)),
    )
    const all = Object.entries(mayImport).flatMap(([folder, list]) => list.map((one) => `${folder} > ${one}`))
    expect(all.filter((arrow) => !used.has(arrow))).toEqual([])
  })

  test('no two files import each other, however far around', () => {
    expect(cyclesOf(files)).toEqual([])
    expect(cyclesOf(globSync('web/src/**/*.{ts,tsx}', { cwd: root }))).toEqual([])
  })

  test('every path that CONTRIBUTING.md names is there', () => {
    const paths = [...contributing.matchAll(/`((?:src|test|web|simulator)\/[\w./-]+)`/g)].map(
      ([, path = '']) => path,
    )
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([])
  })

  test('each file of its reading order imports the next', () => {
    const chains = contributing.match(/`src\/[^`]+`(?: → `src\/[^`]+`)+/g) ?? []
    expect(chains.length).toBeGreaterThan(0)
    const steps = chains.flatMap((chain) => {
      const paths = chain.split(' → ').map((path) => path.slice(1, -1))
      return paths.slice(1).map((path, index) => [paths[index] ?? '', path] as const)
    })
    const wrong = steps.filter(([from, to]) => !importsOf(from).some((imported) => imported.startsWith(to)))
    expect(wrong).toEqual([])
  })

  test('no import runs against the arrows', () => {
    const wrong = files.flatMap((file) =>
      importsOf(file)
        .filter((imported) => folderOf(imported) !== folderOf(file))
        .filter((imported) => !(mayImport[folderOf(file)] ?? []).includes(folderOf(imported)))
        .filter(
          (imported) =>
            !(folderOf(imported) === 'simulator' && mayRunSimulator.some((path) => file.startsWith(path))),
        )
        .map((imported) => `${file} imports ${imported}`),
    )
    expect(wrong).toEqual([])
  })

  test('the console knows the service by its API alone', () => {
    const wrong = globSync('web/src/**/*.{ts,tsx}', { cwd: root }).filter((file) =>
      importsOf(file).some((imported) => !imported.startsWith('web/src/')),
    )
    expect(wrong).toEqual([])
  })

  test('how the local engine keeps hashes, it alone knows: others have its contract and references', () => {
    const others = files.filter((file) => !file.startsWith('src/engines/local/'))
    const opening = others.filter((file) =>
      importsOf(file).some((imported) => imported.startsWith('src/engines/local/')),
    )
    expect(opening).toEqual(['src/platform/open.ts'])
    const kept =
      /(?<!postgre)spool|(?<!s3:\/\/)\bbucket|by_?bucket|\.blocks\b|ledgerDir|(?:told|unsure|desired|stage|snapshot)_?(?:dir|folder)/i
    const reasons = {
      'src/server/metrics.ts': 'has buckets of a histogram',
      'src/store/home.ts': 'makes the folder that the engine has in the data folder',
      'src/store/migrations/0001-main-job.ts': 'is published',
      'src/store/migrations/0019-references.ts': 'makes references of what earlier versions stored',
    }
    const naming = others.filter((file) => kept.test(readFileSync(join(root, file), 'utf8')))
    expect(naming.toSorted()).toEqual(Object.keys(reasons))
  })

  test('a kind of destination is found by its folder: only what shows its own lists, and its own commands, import from it', () => {
    const kinds = globSync('src/destinations/*/destination-kind.ts', { cwd: root }).map(
      (file) => `${dirname(file)}/`,
    )
    const commands = ['job-options', 'plan', 'result-lines', 'sync']
    const pages = ['check-list', 'lists', 'status', 'workflow-lists']
    const own = [
      ...commands.map((name) => `src/cli/${name}.ts`),
      ...pages.map((name) => `src/history/${name}.ts`),
    ]
    const importing = files.filter((file) =>
      importsOf(file).some((imported) =>
        kinds.some((folder) => imported.startsWith(folder) && !file.startsWith(folder)),
      ),
    )
    expect(importing.toSorted()).toEqual(own)
  })

  test('the contract of engines is types alone', () => {
    const text = readFileSync(join(root, 'src/engines/contract.ts'), 'utf8')
    expect(text.match(/^import (?!type )/gm)).toBeNull()
    expect(text.match(/^(?:export )?(?:const|let|function|class|enum)\b/gm)).toBeNull()
  })

  test('what a type of data source is, its folder alone says', () => {
    const types = globSync('src/sources/*/source-type.ts', { cwd: root }).map((file) =>
      basename(dirname(file)),
    )
    const named = new RegExp(
      `\\bkind\\b.{0,5}'(?:${types.join('|')})'|sources/(?:${types.join('|')})/(?!rules)`,
    )
    const reasons = {
      'src/cli/demo/sample-data.ts': 'makes data sources of files through the API',
      'src/destinations/customer-list/inputs/stored-inputs.ts': 'reads what an earlier version stored',
      'src/engines/local/duckdb/engine.ts': 'tells rows in files from a stream of rows',
      'src/store/migrations/0002-service.ts': 'is published',
    }
    const all = [...files, ...globSync('web/src/**/*.{ts,tsx}', { cwd: root })]
      .filter((file) => !file.startsWith('src/sources/') && file !== 'web/src/api/operations.ts')
      .filter((file) => named.test(readFileSync(join(root, file), 'utf8')))
    expect(all.toSorted()).toEqual(Object.keys(reasons))
  })

  test('what a kind of destination writes to, few files name besides its folder', () => {
    const words = [
      {
        word: /\badAccountId\b/,
        own: ['destinations', 'pinterest', 'store'],
        known: [
          'src/cli/demo/sample-data.ts',
          'src/cli/job-options.ts',
          'src/cli/workflow-page.ts',
          'src/history/workflow-lists.ts',
          'src/ledger/lists.ts',
          'src/objects/orchestration.ts',
          'src/server/routes/workflows.ts',
        ],
      },
      {
        word: /\blistId\b/,
        own: ['destinations', 'ledger', 'history'],
        known: [
          // Words of errors, filled in from stored ones.
          'src/base/catalogue.ts',
          'src/objects/orchestration.ts',
          'src/pinterest/errors.ts',
          'src/server/routes/workflows.ts',
        ],
      },
      // What a credential signs in to: a kind of destination is named nowhere.
      { word: /(?<!\[)'pinterest'/, own: ['store'], known: ['src/objects/credential.ts'] },
      { word: /\bkind\b.{0,5}'customer_list'/, own: ['destinations', 'store'], known: [] },
    ]
    for (const { word, own, known } of words) {
      const found = files
        .filter((file) => file.startsWith('src/') && !own.includes(file.split('/')[1] ?? ''))
        .filter((file) => word.test(readFileSync(join(root, file), 'utf8')))
      expect(found.toSorted(), word.source).toEqual(known)
    }
  })

  test('the rules of membership and of the calendar do no input or output', () => {
    const wrong = files
      .filter((file) => /^src\/(?:members|calendar)\//.test(file))
      .filter((file) =>
        /from '(?:node:(?!crypto)|pg|undici|@duckdb)/.test(readFileSync(join(root, file), 'utf8')),
      )
    expect(wrong).toEqual([])
  })
})
