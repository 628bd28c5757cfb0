import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { queriesRunHere } from '../support/queries-here.ts'
import { AD_ACCOUNTS, SENTINEL_TOKENS } from '../../simulator/main.ts'
import { hashEmail } from '../../src/members/email.ts'
import { actionCatalogue } from '../../src/base/catalogue.ts'
import type { ActionName, ErrorCode } from '../../src/base/catalogue.ts'
import { activate, edit, setRefreshToken, setThresholds } from '../server/mending.ts'
import { authorize, people, runOf, setUp, writeCustomers } from '../server/support.ts'
import type { Client, Ids, WorkflowView } from '../server/support.ts'
import { makeList } from '../destinations/customer-list/outside.ts'
import { membersOf } from '../destinations/customer-list/support.ts'
import { openConsole, openPane } from './console.ts'
import type { Console } from './console.ts'

queriesRunHere()

/** Every failure that a person resolves: provoked as a person can, and resolved by clicking, from the card to the members. */

const PROCESSING_MS = 600_000

let console: Console
let operator: Client
let page: Page

beforeAll(async () => {
  console = await openConsole({ simulator: { latencyMs: PROCESSING_MS } })
  await console.service.startWorker()
  operator = await console.service.as(['datagrid_operator'])
  page = await console.signedIn('datagrid_operator')
})

afterAll(async () => {
  await console.close()
})

// A case that failed half-way leaves nothing to the next one.
afterEach(() => {
  faults().clear()
  control().setPermissions(AD_ACCOUNTS.owned, ['OWNER'])
})

/** What is at hand while a case is played. */
interface Scene {
  readonly name: string
  readonly ids: Ids
  readonly run: () => Promise<WorkflowView>
  readonly write: (emails: readonly string[]) => Promise<void>
}

interface Case {
  readonly code: ErrorCode
  /** The one that is chosen; the first that is offered unless said otherwise. */
  readonly action: ActionName
  readonly isOther?: true
  readonly state?: 'succeeded' | 'waiting'
  readonly emails?: readonly string[]
  /** Makes the next run end so. */
  readonly provoke: (scene: Scene) => Promise<void>
  /** Types what is asked for before it is resolved. */
  readonly confirm?: () => Promise<void>
  /** Does what the action's steps say. */
  readonly mend: (scene: Scene) => Promise<void>
  /** Where the links of the action's page lead; nothing for an action without a page. */
  readonly links: (ids: Ids) => readonly string[]
  /** Whom the list must hold in the end, and which list, when they are not those of the query and the one it began with. */
  readonly truth?: readonly string[]
  readonly list?: (name: string) => string
  readonly adAccountId?: string
}

const loyal = people(120)
const strangers = people(3, 900)
const nothing = async (): Promise<void> => {}
const write =
  (emails: readonly string[]) =>
  ({ write: writeThem }: Scene): Promise<void> =>
    writeThem(emails)
/** The next export of these customers calls the column of the addresses `mail`. */
const renameColumn = async (name: string): Promise<void> =>
  writeFile(join(console.service.inputDir, `${name}.csv`), `mail\n${loyal.join('\n')}\n`)
const faults = () => console.service.simulator.faults
const control = () => console.service.simulator.control
const clearFaults = async (): Promise<void> => faults().clear()
const listNamed = (name: string, adAccountId: string = AD_ACCOUNTS.owned) =>
  control().lists(adAccountId, name).at(-1)

const query = ({ query: id }: Ids): string => `/queries/${id}`
const source = ({ dataSource: id }: Ids): string => `/settings/data-sources/${id}`
const credential = ({ credential: id }: Ids): string => `/settings/credentials/${id}`
const destination = ({ destination: id }: Ids): string => `/destinations/${id}`
const orchestration = ({ orchestration: id }: Ids): string => `/orchestrations/${id}`
const account = (id: string): string => `https://ads.pinterest.com/advertiser/${id}`
const own = account(AD_ACCOUNTS.owned)

const cases: Readonly<Record<string, Case>> = {
  'too few rows': {
    code: 'not_enough_records',
    action: 'not_enough_records',
    emails: people(73),
    provoke: nothing,
    mend: write(loyal),
    links: (ids) => [query(ids), orchestration(ids)],
  },
  'no rows, and nobody is removed': {
    code: 'not_enough_records',
    action: 'not_enough_records',
    provoke: async ({ run, write: writeThem }) => {
      await run()
      await writeThem([])
    },
    mend: write(loyal),
    links: (ids) => [query(ids), orchestration(ids)],
  },
  '[sentinel:too-small] enough rows of whom Pinterest knows too few': {
    code: 'not_enough_records',
    action: 'not_enough_records',
    provoke: nothing,
    mend: ({ ids }) => edit(operator, `/orchestrations/${ids.orchestration}`, { listName: 'known well' }),
    links: (ids) => [query(ids), orchestration(ids)],
    list: () => 'known well',
  },
  'hashes among the addresses': {
    code: 'already_hashed',
    action: 'addresses_or_hashes',
    state: 'succeeded',
    emails: [...people(110), ...people(10, 110).map(hashEmail)],
    provoke: nothing,
    mend: write(loyal),
    links: (ids) => [query(ids)],
  },
  'a column of another name': {
    code: 'missing_email_column',
    action: 'missing_email_column',
    provoke: async ({ ids, name }) => {
      await activate(operator, ids, 'SELECT * FROM input')
      await renameColumn(name)
    },
    mend: ({ ids }) => activate(operator, ids, 'SELECT mail AS email FROM input'),
    links: (ids) => [query(ids)],
  },
  'a query that fails': {
    code: 'query_failed',
    action: 'query_failed',
    provoke: ({ name }) => renameColumn(name),
    mend: ({ ids }) => activate(operator, ids, 'SELECT mail AS email FROM input'),
    links: (ids) => [query(ids), source(ids)],
  },
  'a file that is gone': {
    code: 'source_not_found',
    action: 'source_not_found',
    provoke: ({ name }) => rm(join(console.service.inputDir, `${name}.csv`)),
    mend: write(loyal),
    links: (ids) => [query(ids), source(ids)],
  },
  'a number of rows below the threshold': {
    code: 'threshold_not_met',
    action: 'threshold_not_met',
    provoke: ({ ids }) => setThresholds(operator, ids, { failBelow: 130 }),
    mend: ({ ids }) => setThresholds(operator, ids, { failBelow: 110 }),
    links: (ids) => [query(ids)],
  },
  'a number of rows below the threshold that is right this once': {
    code: 'threshold_not_met',
    action: 'accept_once',
    isOther: true,
    provoke: ({ ids }) => setThresholds(operator, ids, { failBelow: 130 }),
    mend: nothing,
    links: (ids) => [query(ids)],
  },
  'a token that was revoked': {
    code: 'authorization_error',
    action: 'authorization_error',
    provoke: ({ ids }) => setRefreshToken(operator, ids.credential, SENTINEL_TOKENS.revoked),
    mend: async ({ ids }) =>
      setRefreshToken(operator, ids.credential, (await authorize(console.service.simulator)).refreshToken),
    links: (ids) => [credential(ids), destination(ids)],
  },
  'a role that was taken away': {
    code: 'insufficient_permissions',
    action: 'insufficient_permissions',
    provoke: async () => control().setPermissions(AD_ACCOUNTS.owned, ['ANALYST']),
    mend: async () => control().setPermissions(AD_ACCOUNTS.owned, ['OWNER']),
    links: (ids) => [credential(ids), destination(ids), own],
  },
  'an ad account that was closed': {
    code: 'ad_account_not_found',
    action: 'ad_account_not_found',
    provoke: async ({ ids }) => {
      const adAccountId = AD_ACCOUNTS.audienceManager
      await edit(operator, `/destinations/${ids.destination}`, { adAccountId })
      control().closeAdAccount(adAccountId)
    },
    mend: ({ ids }) => edit(operator, `/destinations/${ids.destination}`, { adAccountId: AD_ACCOUNTS.admin }),
    links: (ids) => [credential(ids), destination(ids), account(AD_ACCOUNTS.audienceManager)],
    adAccountId: AD_ACCOUNTS.admin,
  },
  'a list of that name with members of others, used anyway': {
    code: 'list_not_empty',
    action: 'adopt',
    provoke: async ({ name }) => void (await makeList(console.service.simulator, name, strangers)),
    mend: nothing,
    links: (ids) => [orchestration(ids), own],
    truth: [...loyal, ...strangers],
  },
  'a list of that name with members of others, left alone': {
    code: 'list_not_empty',
    action: 'choose_another_name',
    isOther: true,
    provoke: async ({ name }) => void (await makeList(console.service.simulator, name, strangers)),
    mend: ({ ids }) => edit(operator, `/orchestrations/${ids.orchestration}`, { listName: 'of its own' }),
    links: (ids) => [orchestration(ids)],
    list: () => 'of its own',
  },
  'a list that vanished': {
    code: 'list_not_found',
    action: 'rebuild',
    provoke: async ({ name, run }) => {
      await run()
      control().removeList(listNamed(name)?.id ?? '')
    },
    mend: nothing,
    links: (ids) => [orchestration(ids), own],
  },
  'a ledger whose files are damaged': {
    code: 'ledger_damaged',
    action: 'rebuild',
    provoke: async ({ name, run }) => {
      await run()
      const { platform } = console.service
      const { id } = await platform.store.db
        .selectFrom('customer_list')
        .select('id')
        .where('name', '=', name)
        .executeTakeFirstOrThrow()
      await rm(join(platform.home.ledgerDir, id), { recursive: true })
      await platform.store.db.deleteFrom('stored_file').where('folder', '=', id).execute()
    },
    mend: nothing,
    links: (ids) => [orchestration(ids), own],
  },
  'a list that somebody else changed': {
    code: 'list_changed_elsewhere',
    action: 'rebuild',
    state: 'succeeded',
    provoke: async ({ name, run }) => {
      await run()
      control().changeElsewhere(listNamed(name)?.id ?? '', { add: strangers })
    },
    mend: nothing,
    links: (ids) => [orchestration(ids), own],
  },
  'a newer list of that name': {
    code: 'newer_list',
    action: 'use_newer_list',
    state: 'succeeded',
    provoke: async ({ name, run }) => {
      await run()
      await makeList(console.service.simulator, name, people(1))
    },
    mend: nothing,
    links: (ids) => [orchestration(ids), own],
  },
  'a large removal': {
    code: 'large_removal',
    action: 'approve',
    state: 'waiting',
    emails: people(250),
    provoke: async ({ run, write: writeThem }) => {
      await run()
      await writeThem(loyal)
    },
    confirm: async () =>
      page
        .getByRole('textbox', { name: 'type the number of members to remove' })
        .fill(String(250 - loyal.length)),
    mend: nothing,
    links: (ids) => [query(ids), orchestration(ids)],
  },
  'a list that Pinterest has not processed': {
    code: 'still_processing',
    action: 'still_processing',
    provoke: async () => faults().plan({ rules: [{ operation: 'audiences/create', kind: '400-1' }] }),
    mend: async () => {
      control().advanceTime(PROCESSING_MS)
      faults().clear()
    },
    links: () => [],
  },
  'Pinterest away': {
    code: 'pinterest_unavailable',
    action: 'retry',
    provoke: async () =>
      faults().plan({ rules: [{ operation: 'customer_lists/*', kind: '503', times: 1000 }] }),
    mend: clearFaults,
    links: () => [],
  },
  'a request that Pinterest refuses': {
    code: 'pinterest_refused',
    action: 'retry',
    provoke: async () =>
      faults().plan({ rules: [{ operation: 'customer_lists/create', kind: '400-1', times: 1000 }] }),
    mend: clearFaults,
    links: () => [],
  },
}

describe('a person resolves', () => {
  test.each(Object.entries(cases))('%s', async (name, one) => {
    const ids = await setUp(console.service, operator, { name, emails: one.emails ?? loyal })
    const scene: Scene = {
      name,
      ids,
      run: () => run(ids),
      write: (emails) => writeCustomers(console.service, name, emails),
    }
    await one.provoke(scene)
    const seen = await scene.run()
    const problem = seen.error ?? seen.warnings[0]
    expect({ state: seen.state, code: problem?.code }).toEqual({
      state: one.state ?? 'failed',
      code: one.code,
    })
    // A page shows what stands between backticks as code.
    const sentence = (problem?.message ?? '').replaceAll('`', '')

    await openFromCard(name, seen)
    const choice = await showResolutions(sentence)
    await choose(choice, one)
    await one.mend(scene)
    if (stepsOf(one).length > 0) {
      await choice.getByRole('button', { name: 'Continue' }).click()
      await followSteps(one, ids, sentence)
      await one.confirm?.()
      await page.getByRole('button', { name: /^(Resolve|Remove [\d,]+ members)$/ }).click()
    } else await choice.getByRole('button', { name: 'Continue' }).click()

    await page.waitForURL((url) => /^\/workflows\/\w+$/.test(url.pathname))
    await page.getByRole('heading', { name, exact: true }).waitFor()
    await page.getByRole('status').getByText('Succeeded', { exact: true }).waitFor()
    const list = listNamed(one.list?.(name) ?? name, one.adAccountId)
    expect(control().members(list?.id ?? '')).toEqual(membersOf(one.truth ?? loyal))
  })
})

const run = (ids: Ids): Promise<WorkflowView> => runOf(console.service, operator, ids)

function stepsOf({ action }: Case): readonly string[] {
  return actionCatalogue[action].steps
}

async function openFromCard(name: string, { state }: WorkflowView): Promise<void> {
  const kind = state === 'failed' ? 'Error' : 'Warning'
  const card = (await openPane(page))
    .getByRole('listitem')
    .filter({ hasText: `${name} → ${name}` })
    .filter({ hasText: kind })
  await card.getByRole('link', { name: 'View Workflow' }).click()
  await page.getByRole('heading', { name, exact: true }).waitFor()
}

/** The error of the page, and the dialog that opens from it. */
async function showResolutions(sentence: string): Promise<Locator> {
  const open = page.getByRole('button', { name: 'Show Resolutions' })
  await page.getByRole('main').getByText(sentence, { exact: true }).first().waitFor()
  await open.click()
  const dialog = page.getByRole('dialog', { name: 'Resolutions' })
  await dialog.getByText(sentence, { exact: true }).first().waitFor()
  return dialog
}

/** What cannot be undone is never chosen beforehand. */
const destructive: ReadonlySet<ActionName> = new Set(['approve', 'rebuild', 'use_newer_list'])

async function choose(dialog: Locator, { action, isOther }: Case): Promise<void> {
  const wanted = dialog.getByRole('radio', { name: actionCatalogue[action].title })
  const first = dialog.getByRole('radio').first()
  await first.waitFor()
  const isPlain = isOther === true || !destructive.has(action)
  expect(await first.isChecked()).toBe(isPlain)
  expect(await dialog.getByRole('button').allInnerTexts()).toEqual(['', 'Cancel', 'Continue'])
  if (isOther === true || destructive.has(action)) await wanted.check()
  expect(await wanted.isChecked()).toBe(true)
}

async function followSteps({ action, links }: Case, ids: Ids, sentence: string): Promise<void> {
  await page.getByRole('heading', { name: actionCatalogue[action].title, exact: true }).waitFor()
  await page.getByRole('main').getByText(sentence, { exact: true }).first().waitFor()
  const steps = page.getByRole('region', { name: 'Steps' }).getByRole('listitem')
  expect(await steps.count()).toBeGreaterThan(0)
  const concerned = page.getByRole('region', { name: 'What it concerns' }).getByRole('link')
  const hrefs = await Promise.all((await concerned.all()).map((link) => link.getAttribute('href')))
  expect(new Set(hrefs)).toEqual(new Set(links(ids)))
}
