import type { ReactElement } from 'react'
import type { Answer } from '../../../api/call.ts'
import { daysUntil } from '../../../format/time.ts'
import { Mark } from '../../../ui/mark.tsx'
import { Time } from '../../../ui/time.tsx'

export type ApiKey = Answer<'api-keys.get'>

export function KeyState({ apiKey }: { readonly apiKey: ApiKey }): ReactElement {
  if (apiKey.revokedAt !== null)
    return (
      <Mark tone="plain" icon="stop">
        Revoked
      </Mark>
    )
  if (isPast(apiKey.expiresAt))
    return (
      <Mark tone="bad" icon="clock">
        Expired
      </Mark>
    )
  return <Mark tone="ok">Works</Mark>
}

/** Until when the token from before the last rotation works. */
export function formerUntil({ formerUntil: at, revokedAt }: ApiKey): string | null {
  return revokedAt !== null || isPast(at) ? null : at
}

export function TimeOrNever({ at }: { readonly at: string | null }): ReactElement {
  return at === null ? <span className="dim">never</span> : <Time at={at} />
}

function isPast(at: string | null): boolean {
  return at !== null && daysUntil(at) <= 0
}
