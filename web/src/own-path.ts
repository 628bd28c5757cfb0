/** The path of an address within this console; null for one that leads elsewhere, however it is written. */
export function ownPath(address: string): string | null {
  if (!address.startsWith('/')) return null
  const url = URL.parse(address, location.origin)
  return url?.origin === location.origin ? url.pathname + url.search + url.hash : null
}
