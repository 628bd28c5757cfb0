import type { ReactElement } from 'react'
import { daysUntil } from '../../../format/time.ts'
import { headOf } from '../../../format/words.ts'
import { Mark } from '../../../ui/mark.tsx'
import { Time } from '../../../ui/time.tsx'
import type { Credential } from './credential-form.ts'

const SOON_DAYS = 7

/** Whether the token of a credential works, in words. */
export function CredentialState({ credential }: { readonly credential: Credential }): ReactElement {
  const { problem, refreshExpiresAt, accessExpiresAt } = credential
  if (problem !== null) return <Mark tone="bad">{headOf(problem.message)}</Mark>
  if (refreshExpiresAt === null)
    return accessExpiresAt === null ? <Mark tone="plain">Not used yet</Mark> : <Mark tone="ok">Works</Mark>
  const days = daysUntil(refreshExpiresAt)
  const expiry = <Time at={refreshExpiresAt} />
  if (days < 0) return <Mark tone="bad">Expired {expiry}</Mark>
  if (days < SOON_DAYS) return <Mark tone="warn">Expires {expiry}</Mark>
  return <Mark tone="ok">Works</Mark>
}
