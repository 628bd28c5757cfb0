/** The keyboard and readers of the page go on at the start of the page's content. */
export function focusMain(): void {
  document.querySelector<HTMLElement>('#main')?.focus({ preventScroll: true })
}
