import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { AD_ACCOUNTS } from '../../simulator/main.ts'
import { exportConfiguration } from '../../src/workspace/configuration/export.ts'
import { shownAddressOf } from '../../src/base/postgres-address.ts'
import { readText, writeText } from '../../src/workspace/configuration/text.ts'
import { createSourceDatabase } from '../support/database.ts'
import type { SourceDatabase } from '../support/database.ts'
import { isFullSweep } from '../destinations/customer-list/support.ts'
import { applyTo, credentialOf, shortly, usePlace } from './configuration-support.ts'
import { anyCharacter } from '../support/any-character.ts'

const place = usePlace()
let databases: readonly SourceDatabase[]

beforeAll(async () => {
  databases = [await createSourceDatabase(), await createSourceDatabase()]
})

afterAll(async () => {
  for (const database of databases) await database.drop()
})

/** Any text that can be stored, as it is stored. */
const words = fc
  .oneof(fc.string(), fc.string({ unit: 'grapheme' }), fc.string({ unit: anyCharacter }))
  .map((text) => text.replaceAll('\0', '').toWellFormed().trim())
const seen = words.filter((text) => text !== '')
const sqlText = fc.record({
  sql: fc.tuple(words, seen, words).map((parts) => parts.join('\n')),
  emailColumn: seen,
  hashed: fc.boolean(),
})
/** What a database could run, since a text is asked for there before it becomes active. */
const activeText = fc
  .record({
    value: words,
    column: fc.constantFrom('email', 'E-Mail', 'é"'),
    end: words,
    hashed: fc.boolean(),
  })
  .map(({ value, column, end, hashed }) => ({
    sql: `SELECT '${value.replaceAll("'", "''")}' AS "${column.replaceAll('"', '""')}"\n-- ${end.replaceAll(/[\r\n]/g, ' ')}`,
    emailColumn: column,
    hashed,
  }))
const printable = seen
  .map((text) => text.replaceAll(/\p{C}/gu, ''))
  .filter((text) => text.trim() === text && text !== '')

/** Names that sort and read in odd ways. Each goes with what the object can never change. */
const SOURCES = {
  Ärchive: 'files',
  archive: 'files',
  '10': 'files',
  '9 lives': 'postgres',
  Warehouse: 'postgres',
} as const
const QUERIES = {
  Loyal: { dataSource: '9 lives', isDraft: false },
  'loyal: all, "of" them': { dataSource: 'Warehouse', isDraft: false },
  '- 2': { dataSource: 'Warehouse', isDraft: false },
  Sketch: { dataSource: 'Ärchive', isDraft: true },
} as const
const DESTINATIONS = ['Main', 'null', '日本'] as const
const ORCHESTRATIONS = ['Daily', 'daily', '#1', '~'] as const

const dataSource = (name: keyof typeof SOURCES) =>
  SOURCES[name] === 'files'
    ? fc.record({
        name: fc.constant(name),
        description: words,
        kind: fc.constant('files'),
        folder: printable.map((text) => `/x${text.replaceAll('/.', '/')}`),
        files: fc.array(
          printable.map((text) => `x${text.replaceAll('..', '').replaceAll('/.', '/')}`),
          { minLength: 1, maxLength: 3 },
        ),
      })
    : fc
        .record({
          name: fc.constant(name),
          description: words,
          nth: fc.nat(1),
          app: fc.stringMatching(/^[a-z]{1,9}$/),
        })
        .map(({ nth, app, ...source }) => {
          const url = `${databases[nth]?.url ?? ''}&application_name=${app}`
          return Object.assign(source, { kind: 'postgres', ...shownAddressOf(url), url })
        })

const bound = fc.nat(100)
const query = (name: keyof typeof QUERIES) => {
  const { dataSource: source, isDraft } = QUERIES[name]
  return fc.record({
    name: fc.constant(name),
    description: words,
    dataSource: fc.constant(source),
    ...(isDraft ? {} : { active: activeText }),
    draft: isDraft ? sqlText : fc.option(sqlText),
    thresholds: fc.record(
      { warnBelow: bound, warnAbove: bound.map((rows) => rows + 100), failBelow: bound },
      { requiredKeys: [] },
    ),
  })
}

const destination = (name: string) =>
  fc.record({
    name: fc.constant(name),
    description: words,
    credential: fc.constantFrom('Brand', 'Agency'),
    adminOnly: fc.boolean(),
    limitedPii: fc.boolean(),
    audiencePrimaryKey: fc.constant('email'),
    adAccountId: fc.constantFrom(AD_ACCOUNTS.owned, AD_ACCOUNTS.admin),
    limits: fc.record(
      { taskWaitMs: fc.integer({ min: 1, max: 9 }), writesPerMinute: fc.integer({ min: 1, max: 9 }) },
      { requiredKeys: [] },
    ),
  })

const orchestration = (name: string, queries: readonly string[], destinations: readonly string[]) =>
  fc
    .record({
      name: fc.constant(name),
      query: fc.constantFrom(...queries),
      destination: fc.constantFrom(...destinations),
      // Lists of its own, so that no two of them ever change places.
      listName: fc.constantFrom(`${name} one`, `${name} two`),
      enabled: fc.boolean(),
      cron: fc.option(fc.constantFrom('30 2 * * *', '0 */4 * * 1-5')),
      timeZone: fc.constantFrom('UTC', 'Europe/Berlin'),
      limits: fc.record(
        {
          removalPercentMax: fc.nat(100),
          additionPercentMax: fc.nat(1_000),
          batchSize: fc.integer({ min: 1, max: 9 }),
        },
        { requiredKeys: [] },
      ),
      adopt: fc.boolean(),
      sendAdditionsFirst: fc.boolean(),
      automatic: fc.boolean(),
    })
    .filter(({ automatic, cron }) => !automatic || cron !== null)

const some = <T extends string>(all: readonly T[]) => fc.subarray([...all])

/** A whole configuration: what refers to something is only there with it. */
const configuration = fc
  .record({
    sources: some(Object.keys(SOURCES)),
    queries: some(Object.keys(QUERIES)),
    destinations: some(DESTINATIONS),
    orchestrations: some(ORCHESTRATIONS),
  })
  .chain((chosen) => {
    const sources = chosen.sources as (keyof typeof SOURCES)[]
    const queries = (chosen.queries as (keyof typeof QUERIES)[]).filter((name) =>
      sources.includes(QUERIES[name].dataSource),
    )
    const active = queries.filter((name) => !QUERIES[name].isDraft)
    const runs = active.length > 0 && chosen.destinations.length > 0 ? chosen.orchestrations : []
    return fc.record({
      version: fc.constant(1),
      credentials: fc.tuple(words, words).map(([one, two]) => [
        { ...credentialOf(place.simulator, 'Agency'), description: one },
        { ...credentialOf(place.simulator), description: two },
      ]),
      dataSources: fc.tuple(...sources.map(dataSource)),
      queries: fc.tuple(...queries.map(query)),
      destinations: fc.tuple(...chosen.destinations.map(destination)),
      orchestrations: fc.tuple(...runs.map((name) => orchestration(name, active, chosen.destinations))),
    })
  })

type Drawn = typeof configuration extends fc.Arbitrary<infer Value> ? Value : never

const ordered = (objects: readonly object[]) =>
  (objects as { name: string }[]).toSorted((left, right) => (left.name < right.name ? -1 : 1))

/** The document as an export has it: by name, without secrets, and without what a query does not have. */
function exportOf(document: Drawn) {
  return {
    version: 1,
    credentials: ordered(
      document.credentials.map(({ name, description }) => ({ name, description, plugin: 'pinterest' })),
    ),
    dataSources: ordered(document.dataSources.map((source) => ({ ...source, url: undefined }))),
    queries: ordered(document.queries.map((one) => ({ ...one, draft: one.draft ?? undefined }))),
    destinations: ordered(document.destinations),
    orchestrations: ordered(document.orchestrations),
  }
}

test('whatever was there before: an applied document comes back as the export, and changes nothing again', async () => {
  await fc.assert(
    fc.asyncProperty(configuration, async (document) => {
      await applyTo(place.tenant, document, { prune: true })
      const exported = await exportConfiguration(place.tenant)
      expect(exported).toEqual(exportOf(document))
      for (const format of ['yaml', 'json'] as const) {
        const again = await readText(await writeText(exported, format))
        expect(shortly(await applyTo(place.tenant, again, { prune: true }))).toEqual([])
      }
      expect(shortly(await applyTo(place.tenant, document, { prune: true }))).toEqual([])
      expect(await writeText(await exportConfiguration(place.tenant), 'yaml')).toBe(
        await writeText(exported, 'yaml'),
      )
    }),
    { numRuns: isFullSweep ? 300 : 20 },
  )
})
