import { unavailable } from './errors.ts'
import type { Page } from './schemas.ts'

/** The most that Pinterest gives at once. */
const PAGE_SIZE = 250
/** 2.5 million items: an end is not in sight. */
const PAGES_MAX = 10_000

/**
 * The items of a cursor list, page by page as they are read, to the end. A page may be empty and still have a
 * bookmark. A bookmark that comes again would never end, so it is an error.
 */
export async function* eachItem<T>(
  path: string,
  query: Readonly<Record<string, string>>,
  fetchPage: (path: string) => Promise<Page<T>>,
): AsyncGenerator<T, void, undefined> {
  const seen = new Set<string>()
  const params = new URLSearchParams({ ...query, page_size: String(PAGE_SIZE) })
  for (;;) {
    const page = await fetchPage(`${path}?${params.toString()}`)
    yield* page.items
    if (page.bookmark === null) return
    if (seen.has(page.bookmark) || seen.size >= PAGES_MAX) throw endless()
    seen.add(page.bookmark)
    params.set('bookmark', page.bookmark)
  }
}

function endless(): Error {
  const cause = 'a list of pages that never ends'
  return unavailable(
    { kind: 'passing', cause, effect: 'none', throttled: false, answer: null },
    { attempts: 1, answerLost: false },
  )
}
