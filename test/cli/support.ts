import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, vi } from 'vitest'
import { AD_ACCOUNTS, startSimulator } from '../../simulator/main.ts'
import type { Simulator } from '../../simulator/main.ts'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { makeFolder } from '../support/folder.ts'
import { runHere } from '../support/command-line.ts'
import { runProgram } from '../support/processes.ts'
import type { Ended } from '../support/processes.ts'

export const ACCOUNT = AD_ACCOUNTS.owned

type ProgramWatcher = NonNullable<NonNullable<Parameters<typeof runProgram>[2]>['onStderr']>

export interface ShellOptions {
  readonly env?: Readonly<Record<string, string>>
  /** In place of the shared one. */
  readonly database?: TestDatabase
}

/** A person at a command line: a simulator, a folder to work in, a data folder and a database. */
export interface Shell {
  readonly simulator: Simulator
  readonly dir: string
  readonly home: string
  /** Runs the command line to its end, in this process. */
  readonly rollcall: (args: readonly string[], options?: ShellOptions) => Promise<Ended>
  /** Runs it as a process of its own. */
  readonly program: (
    args: readonly string[],
    options?: ShellOptions & { readonly onStderr?: ProgramWatcher },
  ) => Promise<Ended>
  /**
   * Runs several command lines one after the other in this process. `$3.id` in an argument is the `id` that the fourth line printed
   * with `--json`.
   */
  readonly rollcallEach: (
    lines: readonly (readonly string[])[],
    options?: { readonly env?: Readonly<Record<string, string>> },
  ) => Promise<Ended[]>
  /** Writes a file into the folder, and gives its name. */
  readonly file: (name: string, content: string | Buffer) => Promise<string>
  /** True members of the newest list of this name. */
  readonly members: (list: string) => string[]
}

/** What a shell needs, made before the tests of a file and gone after them. */
export function useShell(): Shell {
  const parts = {} as {
    simulator: Simulator
    database: TestDatabase
    folder: Awaited<ReturnType<typeof makeFolder>>
  }
  // Some commands are processes of their own, a second or two each.
  vi.setConfig({ testTimeout: 180_000 })
  beforeAll(async () => {
    parts.folder = await makeFolder('cli')
    parts.simulator = await startSimulator({ limits: 'off', strict: true })
    parts.database = await createTestDatabase()
    await mkdir(join(parts.folder.dir, 'home'))
    // Failures are seen soon instead of after a minute.
    const settings = { retryForMs: 20, retryBackoffMs: 1 }
    await writeFile(join(parts.folder.dir, 'home', 'settings.json'), JSON.stringify(settings))
  })
  afterAll(async () => {
    await parts.simulator.close()
    await parts.database.drop()
    await parts.folder.remove()
  })
  const home = (): string => join(parts.folder.dir, 'home')
  const envOf = (database: TestDatabase): Record<string, string> => ({
    ROLLCALL_HOME: home(),
    DATABASE_URL: database.url,
    ...pinterestOf(parts.simulator),
  })
  const inShell = ({ database = parts.database, env }: ShellOptions = {}) => ({
    cwd: parts.folder.dir,
    env: { ...envOf(database), ...env },
  })
  return {
    get simulator() {
      return parts.simulator
    },
    get dir() {
      return parts.folder.dir
    },
    get home() {
      return home()
    },
    rollcall: async (args, options) => runHere(args, inShell(options)),
    program: async (args, { onStderr, ...options } = {}) =>
      runProgram('bin/rollcall.js', args, {
        ...inShell(options),
        ...(onStderr === undefined ? {} : { onStderr }),
      }),
    rollcallEach: async (lines, options) => {
      const ends: Ended[] = []
      for (const line of lines) {
        const args = line.map((arg) =>
          arg.replaceAll(/\$(\d+)\.([\w.]+)/g, (_, index, path) => printedAt(ends[Number(index)], path)),
        )
        ends.push(await runHere(args, inShell(options)))
      }
      return ends
    },
    file: async (name, content) => {
      await writeFile(join(parts.folder.dir, name), content)
      return name
    },
    members: (list) => {
      const newest = parts.simulator.control.lists(ACCOUNT, list).at(-1)
      return newest === undefined ? [] : parts.simulator.control.members(newest.id)
    },
  }
}

/** What stands there in the one JSON object of stdout, such as `items.0.id`. */
function printedAt(ended: Ended | undefined, path: string): string {
  const object = JSON.parse(ended?.stdout ?? 'null') as unknown
  const value = path
    .split('.')
    .reduce<unknown>((inner, name) => (Object(inner) as Record<string, unknown>)[name], object)
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** Environment variables of the simulator's app. */
export function pinterestOf(simulator: Simulator): Record<string, string> {
  return {
    ROLLCALL_PINTEREST_API: simulator.url,
    PINTEREST_APP_ID: simulator.app.id,
    PINTEREST_APP_SECRET: simulator.app.secret,
    PINTEREST_REFRESH_TOKEN: simulator.app.refreshToken,
  }
}

/** Options of a job in our ad account. */
export function job(from: string, list: string): string[] {
  return ['--from', from, '--ad-account', ACCOUNT, '--list', list]
}

/** A CSV file of `count` different addresses. */
export function peopleCsv(count: number, first = 0): string {
  const lines = Array.from({ length: count }, (_, index) => `${index},person${first + index}@example.com`)
  return ['id,email', ...lines, ''].join('\n')
}

/** An error as `--json` prints it. */
export interface PrintedError {
  readonly code: string
  readonly message: string
  readonly actions: readonly { readonly action: string; readonly steps: readonly string[] }[]
}

export type Printed = Record<string, unknown> & { readonly error?: PrintedError }

/** The one JSON object of stdout. */
export function printed({ stdout }: Ended): Printed {
  expect(stdout.endsWith('\n')).toBe(true)
  expect(stdout.trimEnd()).not.toContain('\n')
  return JSON.parse(stdout) as Printed
}

/** No text may move a cursor where nobody looks at a terminal. */
export function expectPlain({ stdout, stderr }: Ended): void {
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  expect(`${stdout}${stderr}`).not.toMatch(/[\u001b\r\b]/)
}
