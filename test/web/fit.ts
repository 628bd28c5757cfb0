import type { Page } from 'playwright-core'

/** Whether a page has room for what it shows, and shows what a reader of the page and the keyboard need. */

/** What the functions below see of a page. This project's types are those of Node, which knows no document. */
interface SeenElement {
  readonly outerHTML: string
  readonly textContent: string
  readonly scrollWidth: number
  readonly clientWidth: number
  readonly getAttribute: (name: string) => string | null
  readonly getBoundingClientRect: () => { readonly width: number }
  readonly closest: (selector: string) => SeenElement | null
  readonly checkVisibility: () => boolean
  readonly focus: (options: { preventScroll: boolean; focusVisible?: boolean }) => void
}

interface SeenText {
  data: string
  readonly parentElement: SeenElement
}

interface SeenPage {
  readonly document: {
    readonly documentElement: SeenElement
    readonly activeElement: SeenElement | null
    readonly querySelectorAll: (selector: string) => Iterable<SeenElement>
    readonly createRange: () => {
      readonly setStart: (node: SeenText, at: number) => void
      readonly setEnd: (node: SeenText, at: number) => void
      readonly getClientRects: () => Iterable<{ readonly top: number }>
    }
    readonly createTreeWalker: (
      root: SeenElement,
      what: number,
    ) => { readonly nextNode: () => SeenText | null }
  }
  readonly NodeFilter: { readonly SHOW_TEXT: number }
  readonly getComputedStyle: (of: SeenElement) => {
    readonly outlineStyle: string
    readonly outlineWidth: string
  }
}

/** Runs in the page: tables count as many members as the largest lists have. */
export function withMillions(): void {
  const { document, NodeFilter } = globalThis as unknown as SeenPage
  const cells = ['In the query', 'Members', 'Change'].map((label) => `.table td[data-label="${label}"]`)
  for (const cell of document.querySelectorAll(cells.join())) {
    const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT)
    for (let text = texts.nextNode(); text !== null; text = texts.nextNode())
      text.data = text.data.replaceAll(/\d[\d,]*/g, '10,000,000')
  }
}

/** Longer words are names and addresses, which may be broken anywhere; so are those of letters and digits. */
const WORD_MAX = 13

/**
 * What does not fit: a page that is wider than its window, a table that is wider than its frame, and words that a narrow column
 * breaks. The words of a head and of a state are never broken, however long they are.
 */
export async function squeezed(page: Page): Promise<string[]> {
  return page.evaluate((wordMax) => {
    const { document, NodeFilter } = globalThis as unknown as SeenPage
    const found: string[] = []
    const compare = (what: string, { scrollWidth, clientWidth }: SeenElement): void => {
      if (scrollWidth > clientWidth + 1) found.push(`${what}: ${scrollWidth} px in ${clientWidth} px`)
    }
    compare('page', document.documentElement)
    for (const frame of document.querySelectorAll('.table-frame')) compare('table', frame)
    for (const cell of document.querySelectorAll('.table td, .table th')) {
      const name = cell.getAttribute('data-label') ?? `head ${cell.textContent}`
      compare(name, cell)
      const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT)
      for (let text = texts.nextNode(); text !== null; text = texts.nextNode()) {
        const isOurs = text.parentElement.closest('th, .mark, .whole') !== null
        for (const { 0: word, index } of text.data.matchAll(/[^\s\u2011-\u2014-]+/g)) {
          if ((word.length > wordMax || /[a-z]\d|\d[a-z]/i.test(word)) && !isOurs) continue
          const range = document.createRange()
          range.setStart(text, index)
          range.setEnd(text, index + word.length)
          const lines = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)))
          if (lines.size > 1) found.push(`${name}: "${word}" is broken`)
        }
      }
    }
    return found
  }, WORD_MAX)
}

/** Images that have no name for a reader of the page, and what the keyboard reaches without showing that it is there. */
export async function unclear(page: Page): Promise<string[]> {
  // From here on the browser shows the focus as after a key.
  await page.keyboard.press('Shift')
  return page.evaluate(() => {
    const { document, getComputedStyle } = globalThis as unknown as SeenPage
    // What is within a control is named by it; what is within a table or a section that has a name is not.
    const images = [...document.querySelectorAll('svg, img, [role="img"]')].filter(
      (image) =>
        image.closest('[aria-hidden="true"], button, [role="button"]') === null &&
        image.getAttribute('aria-label') === null &&
        image.getAttribute('alt') === null,
    )
    const shows = (element: SeenElement): boolean => {
      const { outlineStyle, outlineWidth } = getComputedStyle(element)
      return outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2
    }
    const before = document.activeElement
    const unseen = [...document.querySelectorAll('a[href], button, input, select, textarea')].filter(
      (element) => {
        if (!element.checkVisibility() || element.closest('[disabled], [inert], [tabindex="-1"]') !== null)
          return false
        element.focus({ preventScroll: true, focusVisible: true })
        return document.activeElement === element && !shows(element)
      },
    )
    before?.focus({ preventScroll: true })
    const found: string[] = []
    const tell = (what: string, of: readonly SeenElement[]): void =>
      void found.push(...of.map(({ outerHTML }) => `${what}: ${outerHTML.slice(0, 140)}`))
    tell('no name', images)
    tell('no visible focus', unseen)
    return found
  })
}
