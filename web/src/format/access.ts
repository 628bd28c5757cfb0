import { title } from './words.ts'

/** For whom a destination is, by its settings *Admin only* and *PII setting*. */
export function accessWords(destination: {
  readonly adminOnly: boolean
  readonly limitedPii: boolean
}): string {
  const { adminOnly, limitedPii } = destination
  const who = adminOnly ? 'Admin only' : 'People who may view PII'
  return limitedPii ? `${who}, also with limited access to PII` : who
}

/** Pinterest's roles as people read them: "Audience manager, Campaign manager". */
export function roleWords(permissions: readonly string[]): string {
  return permissions.map((role) => title(role.toLowerCase())).join(', ') || 'unknown'
}
