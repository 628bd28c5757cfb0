import { globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

/**
 * What the types cannot hold: which files see all workspaces, and that written SQL about what is configured runs where it is kept to
 * one workspace.
 */

const root = resolve(import.meta.dirname, '../..')
const files = globSync('src/**/*.ts', { cwd: root })
  .filter((file) => !file.startsWith('src/store/migrations/'))
  .map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }))

function filesWith(pattern: RegExp, folder = 'src/'): string[] {
  return files
    .filter(({ file, text }) => file.startsWith(folder) && pattern.test(text))
    .map(({ file }) => file)
    .toSorted()
}

/** What is written as SQL in a file. */
function sqlOf(text: string): string {
  return [...text.matchAll(/sql(?:<[^`]*>)?\s*`[^`]*`/g)].map(([found]) => found).join('\n')
}

test('few files see all workspaces, each for a reason', () => {
  const reasons = {
    'src/notify/alert-events.ts': 'tells of the slow workflows of all workspaces',
    'src/notify/alert-reach.ts': 'looks at the destination of an event, by its id',
    'src/store/workspace.ts': 'says what it is',
    'src/worker/renew-tokens.ts': 'renews the tokens of all workspaces, each in its own',
    'src/workflow/workflow-card.ts': 'looks at the destination of a workflow, by its id',
  }
  expect(filesWith(/\ballWorkspaces\(/)).toEqual(Object.keys(reasons))
})

test('a person is answered from one workspace: routes and operations do not touch the whole database', () => {
  const whole = /\bstore\b[^;\n]*\bdb\b|\{ db \}[^\n]*\bstore\b|\{ store\b/
  const reasons = {
    'src/runs/due-runs.ts': 'starts the due runs of production alone',
    'src/workspace/tenant.ts': 'makes the view of one workspace',
  }
  const folders = ['src/history/', 'src/runs/', 'src/server/routes/', 'src/workspace/']
  expect(folders.flatMap((folder) => filesWith(whole, folder))).toEqual(Object.keys(reasons))
})

test('written SQL names what is configured only where it is kept to one workspace', () => {
  const configured = 'credential|data_source|destination|query|orchestration'
  const named = new RegExp(String.raw`\b(?:from|join|update|into|table)\s+"?(?:${configured})\b(?!\()`, 'i')
  const found = files.filter(({ text }) => named.test(sqlOf(text))).map(({ file }) => file)
  const kept = /^src\/(?:history|runs|workspace)\//
  expect(found.filter((file) => !kept.test(file))).toEqual([])
  expect(found).toContain('src/workspace/queries.ts')
})

test('a text that goes to the database past all rules is one of the queue', () => {
  const past = /\bCompiledQuery\b|\bexecuteSql\b|\bsql\.raw\(/
  expect(filesWith(past)).toEqual(['src/worker/queue.ts'])
})
