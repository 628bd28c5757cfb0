import { describe, expect, test } from 'vitest'
import { localPrincipal } from '../../src/access/permissions.ts'
import type { Tenant } from '../../src/workspace/tenant.ts'
import { applyTo, refused, smallDocument, usePlace } from './configuration-support.ts'

const place = usePlace()
const small = () => smallDocument(place.simulator)
/** How often Pinterest was asked something. */
const asked = () => place.simulator.control.calls().length

describe('what is wrong with a document', () => {
  test('is told all at once, each with its place and what was meant', async () => {
    const message = await place.problemsOf({
      version: 1,
      dataSource: [],
      dataSources: [{ name: 'Files', kind: 'files', folder: '/x', files: ['a'], foldr: '/y' }],
      queries: [{ name: 'Q', dataSource: 'Files', active: { sql: 'select 1', emailColum: 'x' } }],
      destinations: [
        { name: 'D', credential: 'C', adAccountId: 549_755_880_001, limits: { taskWaitsMs: 1 } },
      ],
    })
    expect(message.split('\n').slice(1)).toEqual([
      '  dataSources[0] (of "Files"): there is no field "foldr". Did you mean "folder"?',
      '  queries[0].active (of "Q"): there is no field "emailColum". Did you mean "emailColumn"?',
      '  destinations[0].adAccountId (of "D"): Invalid input: expected string, received number. Write it in quotes.',
      '  destinations[0].limits (of "D"): there is no field "taskWaitsMs". Did you mean "taskWaitMs"?',
      '  the document: there is no field "dataSource". Did you mean "dataSources"?',
    ])
  })

  test('what is missing, and a text that is no document', async () => {
    expect(await place.problemsOf({ version: 1, queries: [{ name: 'Q' }] })).toContain(
      'queries[0].dataSource (of "Q"): is missing.',
    )
    expect(await place.problemsOf({ queries: [] })).toContain('version: takes 1')
    for (const document of [null, 'text', [], 1])
      expect(await place.problemsOf(document)).toContain('the document: ')
  })

  test('names twice, references to nothing, lists with two owners, and what each kind refuses', async () => {
    const document = small()
    const [daily] = document.orchestrations
    const [loyal] = document.queries
    const message = await place.problemsOf({
      ...document,
      dataSources: [
        ...document.dataSources,
        { name: ' Exports ', kind: 'files', folder: 'relative', files: ['../x'] },
        { name: 'a\u0007b', kind: 'files', folder: '/x', files: ['x'] },
      ],
      queries: [
        loyal,
        {
          name: 'Lost',
          dataSource: 'Export',
          active: { sql: ' ' },
          thresholds: { warnBelow: 2, warnAbove: 1 },
        },
        { name: 'Sketch', dataSource: 'Exports', draft: { sql: 'select 1' } },
        { name: 'Nothing', dataSource: 'Exports' },
      ],
      orchestrations: [
        daily,
        { ...daily, name: 'Second' },
        { ...daily, name: 'Third', query: 'Sketch', listName: 'x', automatic: true },
        { ...daily, name: 'Fourth', destination: 'Mian', listName: 'y', cron: '61 * * * *' },
      ],
    })
    expect(message.split('\n').slice(1)).toEqual([
      '  dataSources[1].folder (of " Exports "): takes the absolute path of a folder.',
      '  dataSources[1].files (of " Exports "): has "../x", which leads outside the folder.',
      '  queries[1].active (of "Lost"): the SQL of the query is empty.',
      '  queries[1].thresholds (of "Lost"): warnBelow is larger than warnAbove, so every number of rows would warn.',
      '  queries[3] (of "Nothing"): it has neither an active text nor a draft.',
      '  orchestrations[2].cron (of "Third"): an automatic orchestration needs a schedule, such as "30 2 * * *".',
      expect.stringContaining('orchestrations[3].cron (of "Fourth"): the minute field "61"') as string,
      '  dataSources[1].name: "Exports" is the name of dataSources[0] too.',
      '  dataSources[2].name: the name holds a control character.',
      '  queries[1].dataSource (of "Lost"): there is no data source "Export". Did you mean "Exports"?',
      '  orchestrations[3].destination (of "Fourth"): there is no destination "Mian". Did you mean "Main"?',
      '  orchestrations[2].query (of "Third"): query "Sketch" has no active text, but an orchestration sends only an active query.',
      '  orchestrations[1].listName (of "Second"): customer list "VIP" of this ad account belongs to the orchestration "Daily". Two orchestrations cannot own one list.',
    ])
    expect(asked()).toBe(0)
  })

  test('a list of an orchestration that the person may not see, without its name', async () => {
    const document = small()
    const [main] = document.destinations
    const [daily] = document.orchestrations
    const destinations = [
      { ...main, adminOnly: true },
      { ...main, name: 'Own' },
    ]
    await applyTo(place.tenant, { ...document, destinations })
    const principal = { ...localPrincipal, policies: ['analyst'], options: [] } as const
    const analyst = { ...place.tenant, actor: { ...place.tenant.actor, principal } } as Tenant
    const own = { version: 1, orchestrations: [{ ...daily, name: 'Mine', destination: 'Own' }] }
    const { message } = await refused(applyTo(analyst, own))
    expect(message).toContain('it belongs to an orchestration that your access does not include')
    expect(message).not.toContain('Daily')
  })

  test('what cannot change in place', async () => {
    const document = small()
    await applyTo(place.tenant, {
      ...document,
      dataSources: [...document.dataSources, { name: 'More', kind: 'files', folder: '/x', files: ['x'] }],
    })
    const message = await place.problemsOf({
      version: 1,
      dataSources: [{ name: 'Exports', kind: 'postgres', host: 'db.example.com', database: 'shop' }],
      queries: [{ name: 'Loyal', dataSource: 'More', draft: { sql: 'select 1' } }],
    })
    expect(message).toContain('dataSources[0].kind (of "Exports"): a data source keeps its kind.')
    expect(message).toContain(
      'queries[0].active (of "Loyal"): the query is active and cannot become a draft again.',
    )
    expect(message).toContain('queries[0].dataSource (of "Loyal"): a query keeps its data source, "Exports".')
  })

  test.each([
    ['NUL', 'a\0b'],
    ['half a character', 'a\ud800b'],
  ])('%s cannot be stored', async (_, description) => {
    const message = await place.problemsOf({ version: 1, credentials: [{ name: 'C', description }] })
    expect(message).toContain('credentials[0].description (of "C"): holds a character that cannot be stored.')
  })

  test('a name of the document moves no cursor', async () => {
    const message = await place.problemsOf({
      version: 1,
      queries: [{ name: 'a\u001b[2Jb', dataSource: '\u009bx' }],
    })
    expect(message).toContain('"a [2Jb"')
    // oxlint-disable-next-line no-control-regex -- they are what is looked for
    expect(message).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
  })
})
