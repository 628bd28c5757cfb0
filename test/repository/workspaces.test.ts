import { globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { kinds } from '../../src/objects/kinds.ts'

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
    'src/access/sealed-rows.ts': 'looks with which keys the secrets of all workspaces are sealed',
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

function namesOf(found: readonly RegExpMatchArray[]): string[] {
  return found.map(([, name = '']) => name).toSorted()
}

test('every table belongs to one workspace, or there is a reason why it does not', () => {
  const reasons: Readonly<Record<string, string>> = {
    activity: 'the log of administrators, who see all of it',
    alert: 'only production sends alerts',
    alert_recipient: 'of an alert',
    api_key: 'a principal of every workspace',
    app_user: 'a principal of every workspace',
    attempt: 'of a batch',
    attempt_outcome: 'of a batch',
    batch: 'of a change set',
    change_set: 'of a workflow and its list',
    customer_list: 'a list at Pinterest is one, whichever workspace sends to it: its ledger must be one, too',
    idempotency: 'of a principal',
    lock_lease: 'of a process',
    notification: 'of a workflow or a destination, by whose reach it is shown',
    notification_read: 'of a principal',
    rate_slot: 'a budget at Pinterest is one for all',
    receipt_digest: 'of a workflow',
    run_log: 'of a workflow',
    session: 'of a principal',
    sign_in_failure: 'before anyone is known',
    stored_file: 'of a workflow',
    target: 'has one owner over all workspaces, since two queries would undo the work of one another',
    task: 'of a workflow',
    workflow_part: 'of a workflow',
    workflow_progress: 'of a workflow',
    workspace: 'says which there are',
  }
  const schema = readFileSync(join(root, 'src/store/schema.sql'), 'utf8')
  const tables = [...schema.matchAll(/^create table (\w+) \(([^;]*)\);/gm)]
  const owned = tables.filter(([, , columns = '']) => /^ {2}workspace text not null/m.test(columns))
  expect(namesOf(tables.filter((table) => !owned.includes(table)))).toEqual(Object.keys(reasons).toSorted())
  // A query about such a table is kept to its workspace by the scoped database.
  const kept = /scoped = \[\.\.\.kinds, 'workflow'\]/
  expect(filesWith(kept)).toEqual(['src/store/scope-plugin.ts'])
  expect(namesOf(owned)).toEqual([...kinds, 'workflow'].toSorted())
})
