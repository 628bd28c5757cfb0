import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, vi } from 'vitest'
import { AD_ACCOUNTS, startSimulator } from '../../simulator/main.ts'
import type { Simulator } from '../../simulator/main.ts'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { makeFolder } from '../support/folder.ts'
import { runProgram } from '../support/processes.ts'
import type { Ended, ProgramOptions } from '../support/processes.ts'

export const ACCOUNT = AD_ACCOUNTS.owned

type ProgramWatcher = NonNullable<NonNullable<Parameters<typeof runProgram>[2]>['onStderr']>

export interface ShellOptions extends ProgramOptions {
  /** In place of the shared one. */
  readonly database?: TestDatabase
  readonly onStderr?: ProgramWatcher
}

/** A person at a command line: a simulator, a folder to work in, a data folder and a database. */
export interface Shell {
  readonly simulator: Simulator
  readonly dir: string
  readonly home: string
  /** Runs the command line to its end. */
  readonly rollcall: (args: readonly string[], options?: ShellOptions) => Promise<Ended>
  /**
   * Runs several command lines one after the other in one process, which is quicker where much is tried. `$3.id` in an argument is
   * the `id` that the fourth line printed with `--json`.
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
  // Every command is a process of its own, a second or two each, and some tests run ten.
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
    rollcall: async (args, { database, env, ...options } = {}) =>
      runProgram('bin/rollcall.js', args, {
        cwd: parts.folder.dir,
        ...options,
        env: { ...envOf(database ?? parts.database), ...env },
      }),
    rollcallEach: async (lines, { env = {} } = {}) => {
      const options = { cwd: parts.folder.dir, env: { ...envOf(parts.database), ...env } }
      const { stdout, stderr } = await runProgram('test/cli/each.ts', [JSON.stringify(lines)], options)
      if (stdout === '') throw new Error(stderr)
      return JSON.parse(stdout) as Ended[]
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
