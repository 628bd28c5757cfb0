import { z } from 'zod'
import { description, errorReport, name, shortText, time } from './fields.ts'
import { objectKind } from './object-kind.ts'
import type { Output, SecretsOf } from './object-kind.ts'

/** What a credential signs in to. */
const PLUGIN = 'pinterest'

/** Credentials of Pinterest: an app and a refresh token. */
export const credentialObject = objectKind({
  name: 'credential',
  section: 'credentials',
  fields: {
    name,
    description,
    plugin: z.literal(PLUGIN).describe('what it signs in to').default(PLUGIN),
    appId: { secret: shortText.describe('ID of the Pinterest app') },
    appSecret: { secret: shortText.describe('write-only') },
    refreshToken: { secret: shortText.describe('write-only; Rollcall renews it afterwards') },
  },
  fixed: ['plugin'],
  shown: {
    destinations: z.int().describe('number of objects that use it'),
    refreshExpiresAt: time.nullable().describe('null until its first use, when Pinterest reports it'),
    accessExpiresAt: time.nullable(),
    problem: errorReport.nullable().describe('why its last use or renewal failed; null while it works'),
  },
})

export type CredentialInput = Output<typeof credentialObject.input>
export type Credential = Output<typeof credentialObject.answer>
export type CredentialSecrets = SecretsOf<typeof credentialObject>
