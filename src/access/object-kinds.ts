import { z } from 'zod'
import { component } from '../objects/components.ts'
import { instant, name, time } from '../objects/fields.ts'
import { objectKind } from '../objects/object-kind.ts'
import type { Output } from '../objects/object-kind.ts'
import { optionNames, policyNames } from './permissions.ts'

/** Users and API keys as requests and answers have them. */

const policies = z
  .array(component('Policy', z.enum(policyNames)))
  .max(policyNames.length)
  .describe('what it may do, as `rollcall policies` explains')
const options = z
  .array(component('PolicyOption', z.enum(optionNames)))
  .max(optionNames.length)
  .describe('what changes its policies, as `rollcall policies` explains')

export const password = z
  .string()
  .max(400)
  .describe('password for the next sign-in, which asks for another one')

export const userObject = objectKind({
  name: 'user',
  section: null,
  fields: {
    /** What they sign in with. */
    email: z.string().max(400).describe('e-mail address to sign in with'),
    name,
    policies,
    options: options.default([]),
    password: { secret: password.nullable().default(null) },
  },
  fixed: ['password'],
  shown: {
    hasPassword: z.boolean().describe('a user without a password cannot sign in'),
    disabledAt: time.nullable(),
    mustChangePassword: z.boolean(),
  },
})

export type User = Output<typeof userObject.answer>

export const apiKeyObject = objectKind({
  name: 'api_key',
  section: null,
  fields: {
    name,
    policies,
    options: options.default([]),
    expiresAt: instant
      .nullable()
      .describe('a day such as 2026-11-24, or a time; without one it never expires')
      .default(null),
  },
  shown: {
    expiresAt: time.nullable().describe('null if it never expires'),
    revokedAt: time.nullable(),
    formerUntil: time
      .nullable()
      .describe('when the token from before the last rotation stops working; null if there is none'),
    lastUsedAt: time.nullable().describe('to the minute'),
  },
})

export type ApiKey = Output<typeof apiKeyObject.answer>
