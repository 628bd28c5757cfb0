/**
 * Whether a text that a person typed for a source may be an address with a password, of a system that is not known here or with a slip in
 * its scheme. Such a text is not shown, stored or quoted.
 */
export function mayHoldPassword(text: string): boolean {
  return /:\/\/|:[^]*@/.test(text)
}
