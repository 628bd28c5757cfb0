import { describe, expect, test } from 'vitest'
import { sql } from 'kysely'
import { AD_ACCOUNTS, SENTINEL_TOKENS } from '../../simulator/main.ts'
import { applyConfiguration, ConfigurationStopped } from '../../src/workspace/configuration/apply.ts'
import { exportConfiguration } from '../../src/workspace/configuration/export.ts'
import { updateCredential } from '../../src/workspace/credentials.ts'
import { applyTo, credentialOf, refused, shortly, smallDocument, usePlace } from './configuration-support.ts'

const place = usePlace()
const never = new AbortController().signal
const small = () => smallDocument(place.simulator)

describe('what goes wrong', () => {
  test('a plan that is out of date changes nothing, also when only a secret differs by now', async () => {
    const document = small()
    const { digest } = await place.plan(document)
    await applyTo(place.tenant, { version: 1, credentials: document.credentials })
    const late = applyConfiguration(place.tenant, document, {
      expectedDigest: digest,
      prune: false,
      signal: never,
    })
    expect(await refused(late)).toMatchObject({ code: 'changed_meanwhile' })
    const credentials = [{ ...credentialOf(place.simulator), refreshToken: 'pinr.mine' }]
    const next = await place.plan({ version: 1, credentials })
    await updateCredential(place.tenant, await place.idOf('credential', 'Brand'), {
      version: 1,
      refreshToken: 'pinr.theirs',
    })
    const later = applyConfiguration(
      place.tenant,
      { version: 1, credentials },
      { expectedDigest: next.digest, prune: false, signal: never },
    )
    expect(await refused(later)).toMatchObject({ code: 'changed_meanwhile' })
    expect((await place.secretsOf('Brand')).refreshToken).toBe('pinr.theirs')
  })

  test('a destination that Pinterest does not accept stops it before the first change', async () => {
    const document = small()
    await applyTo(place.tenant, document)
    const next = {
      ...document,
      queries: [{ name: 'Loyal', dataSource: 'Exports', active: { sql: "select '5' as email" } }],
      destinations: [
        ...document.destinations,
        { name: 'Zoo', credential: 'Brand', adAccountId: '999999999999' },
      ],
    }
    const error = await refused(applyTo(place.tenant, next))
    expect(error).toBeInstanceOf(ConfigurationStopped)
    expect(error).toMatchObject({
      code: 'ad_account_not_found',
      outcome: {
        applied: [],
        failed: { kind: 'destination', name: 'Zoo' },
        remaining: [{ name: 'Loyal' }, { name: 'Zoo' }],
      },
    })
    expect(await exportConfiguration(place.tenant)).toMatchObject({
      queries: [{ active: { sql: 'select email from input' } }],
    })
  })

  test('with a new credential only that is saved, and the corrected document goes on', async () => {
    const document = small()
    const wrong = {
      ...document,
      credentials: [{ ...credentialOf(place.simulator), refreshToken: SENTINEL_TOKENS.revoked }],
    }
    const error = await refused(applyTo(place.tenant, wrong))
    expect(error).toMatchObject({
      code: 'authorization_error',
      outcome: {
        applied: [{ kind: 'credential', name: 'Brand', action: 'create' }],
        failed: { name: 'Main' },
      },
    })
    expect(error.message).not.toContain(SENTINEL_TOKENS.revoked)
    expect(shortly(await applyTo(place.tenant, document))).toEqual([
      '~ credential Brand',
      '+ data_source Exports',
      '+ query Loyal',
      '+ destination Main',
      '+ orchestration Daily',
    ])
  })

  test('a role that may not manage lists is refused', async () => {
    const document = small()
    await applyTo(place.tenant, document)
    const destinations = [{ name: 'Reports', credential: 'Brand', adAccountId: AD_ACCOUNTS.analyst }]
    expect(await refused(applyTo(place.tenant, { version: 1, destinations }))).toMatchObject({
      code: 'insufficient_permissions',
    })
  })

  test('after a failure in the middle the same document goes on from there', async () => {
    const document = small()
    const stop = new AbortController()
    // The connection of whoever asks breaks while Pinterest is asked for the destination, late in the apply.
    place.simulator.faults.plan({
      rules: [{ operation: 'ad_accounts/get', kind: 'hang-before', nth: 2 }],
    })
    const { digest } = await place.plan(document)
    const applying = applyConfiguration(place.tenant, document, {
      expectedDigest: digest,
      prune: false,
      signal: stop.signal,
    })
    applying.catch(() => undefined)
    await expect.poll(async () => (await exportConfiguration(place.tenant)).queries.length).toBe(1)
    stop.abort()
    const error = await refused(applying)
    expect(error).toMatchObject({
      code: 'stopped',
      outcome: { failed: { kind: 'destination', name: 'Main' } },
    })
    expect(error instanceof ConfigurationStopped ? shortly(error.outcome.applied) : []).toEqual([
      '+ credential Brand',
      '+ data_source Exports',
      '+ query Loyal',
    ])
    place.simulator.faults.plan({ rules: [] })
    expect(shortly(await applyTo(place.tenant, document))).toEqual([
      '+ destination Main',
      '+ orchestration Daily',
    ])
  })

  test('an orchestration with a running workflow is not deleted, and its queries stay with it', async () => {
    await applyTo(place.tenant, small())
    const id = await place.idOf('orchestration', 'Daily')
    await sql`insert into workflow (id, workspace, state, orchestration_id, kind, inputs, holder) values ('wf_1', 'production', 'running', ${id}, 'sync', '{}', 'test')`.execute(
      place.tenant.store.db,
    )
    const error = await refused(
      applyTo(place.tenant, { version: 1, queries: [], orchestrations: [] }, { prune: true }),
    )
    expect(error).toMatchObject({
      code: 'in_use',
      outcome: { applied: [], failed: { kind: 'orchestration', name: 'Daily' } },
    })
    expect((await exportConfiguration(place.tenant)).queries).toHaveLength(1)
  })

  test('two who apply at once make one of each', async () => {
    const document = small()
    const ends = await Promise.allSettled([applyTo(place.tenant, document), applyTo(place.tenant, document)])
    expect(ends.some(({ status }) => status === 'fulfilled')).toBe(true)
    expect(await applyTo(place.tenant, document)).toEqual([])
  })
})
