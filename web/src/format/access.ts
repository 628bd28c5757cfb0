/** For whom a destination is, by its settings *Admin only* and *PII setting*. */
export function accessWords(destination: {
  readonly adminOnly: boolean
  readonly limitedPii: boolean
}): string {
  const { adminOnly, limitedPii } = destination
  const who = adminOnly ? 'Admin only' : 'Who may view PII'
  return limitedPii ? `${who}, also with limited access to PII` : who
}
