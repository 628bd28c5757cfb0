import { z } from 'zod'
import type { Field } from '../../sources/contract.ts'
import { AD_ACCOUNT_ID } from './inputs/inputs.ts'

export type CustomerListSettings = {
  readonly adAccountId: string
  readonly audiencePrimaryKey: 'email'
}

export const fields = {
  audiencePrimaryKey: {
    schema: z.literal('email').default('email'),
    label: 'Audience primary key',
    about: 'what Pinterest matches people by',
    isShown: true,
  },
  adAccountId: {
    schema: z.string().max(60),
    label: 'Ad account ID',
    about: '1 to 18 digits',
    hint: 'Choose one that the credential can access, or enter an ID of 1 to 18 digits.',
    ask: 'An ad account ID has 1 to 18 digits. Find it in the Ads Manager URL.',
    pattern: AD_ACCOUNT_ID.source,
    isShown: true,
    offers: 'ad_accounts',
    problemOf: (id: string) =>
      AD_ACCOUNT_ID.test(id)
        ? null
        : 'takes a Pinterest ad account ID of 1 to 18 digits. Find it in the Ads Manager URL.',
  },
} satisfies Record<keyof CustomerListSettings, Field>

export const facts = { adAccountName: { label: 'Ad account' } } as const

/** The settings as they are shown, with what the check found. */
export type ShownSettings = CustomerListSettings & { readonly adAccountName?: string }
