import { z } from 'zod'
import { count } from '../../base/words.ts'
import { listKinds } from './kinds.ts'
import type { Asked, DestinationKind } from '../contract.ts'
import { begin } from './begin.ts'
import { totalMembers } from './reading/list-counts.ts'
import { orchestration } from './options.ts'
import { facts, fields } from './settings.ts'
import type { CustomerListSettings, ShownSettings } from './settings.ts'
import { sweepLeft } from './list/sweep-left.ts'
import { target } from './target.ts'

export const destinationKind: DestinationKind = {
  kind: 'customer_list',
  title: 'Pinterest',
  about:
    'Keeps a customer list in an ad account in step with a query, as SHA-256 hashes of e-mail addresses, and attaches it to an audience.',
  isStandard: true,
  fields,
  facts,
  place: placeOf,
  also: {
    shape: {
      audiencePrimaryKey: z.literal('email'),
      adAccount: z.object({ id: z.string(), name: z.string() }),
    },
    of: (settings: ShownSettings) => ({
      audiencePrimaryKey: settings.audiencePrimaryKey,
      adAccount: placeOf(settings),
    }),
  },
  orchestration,
  target,
  workflows: listKinds,
  ways: ['review', 'sample'],
  sample: {
    members: 'audienceMembersMin',
    hint: (members) =>
      `Fewer than ${count(members)} make a list, but no audience: Pinterest needs ${count(members)} for one.`,
  },
  begin,
  sweep: sweepLeft,
  gauges: [
    {
      name: 'rollcall_members_told',
      help: 'Members that Pinterest has been told, over all customer lists.',
      value: totalMembers,
    },
  ],
  async check(asked: Asked<CustomerListSettings>) {
    const { checkAdAccount } = await import('./check.ts')
    return checkAdAccount(asked)
  },
}

function placeOf({ adAccountId, adAccountName = '' }: ShownSettings) {
  return { id: adAccountId, name: adAccountName }
}
