/** What stands behind the question mark: plain texts, as people read and share them. */

export type Search<Name extends string> = { readonly [key in Name]?: string }

/** Keeps the named texts of an address and drops everything else. */
export function searchOf<Name extends string>(...names: readonly Name[]): (given: object) => Search<Name> {
  return (given) => {
    const known = Object.entries(given).filter(
      ([name, value]) => names.includes(name as Name) && typeof value === 'string' && value !== '',
    )
    return Object.fromEntries(known) as Search<Name>
  }
}

export function parseSearch(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text))
}

export function writeSearch(search: Record<string, unknown>): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(search))
    if (typeof value === 'string' && value !== '') params.set(name, value)
  return params.size === 0 ? '' : `?${params.toString()}`
}
