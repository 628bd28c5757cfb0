const FIELDS = 'input, textarea, select, [contenteditable="true"]'

/**
 * What a dialog is opened for has the focus first: the field that is marked for it, else its first field, else the safe choice
 * among its buttons, else what is read in it. What comes later, such as choices that are read first, takes the focus while no one
 * has moved it. A `ref` of the dialog's body; what it returns ends it.
 */
export function giveFirstFocus(body: HTMLElement | null): (() => void) | undefined {
  const dialog = body?.closest('[role="dialog"]')
  if (body === null || dialog == null) return undefined
  let given: Element | null = null
  const give = (): void => {
    const { activeElement: now } = document
    const isMoved = now !== null && now !== given && body.contains(now)
    const next = firstOf(body)
    if (isMoved || next === null || next === now) return
    given = next
    next.focus({ preventScroll: true })
  }
  const watcher = new MutationObserver(give)
  watcher.observe(body, { childList: true, subtree: true })
  // After the dialog itself, which gives the focus to whatever comes first in it.
  const timer = setTimeout(give, AFTER_DIALOG_MS)
  const stop = (): void => {
    watcher.disconnect()
    clearTimeout(timer)
    dialog.removeEventListener('keydown', stop)
    dialog.removeEventListener('pointerdown', stop)
  }
  dialog.addEventListener('keydown', stop)
  dialog.addEventListener('pointerdown', stop)
  return stop
}

const AFTER_DIALOG_MS = 20

function firstOf(body: HTMLElement): HTMLElement | null {
  const marked = body.querySelector<HTMLElement>('[data-autofocus]')
  if (marked !== null) return marked
  const fields = [...body.querySelectorAll<HTMLElement>(FIELDS)].filter(
    (field) => !field.matches(':disabled, [type="hidden"]') && field.checkVisibility(),
  )
  const [first = null] = fields
  // Of several choices of one kind, the one that is chosen.
  const chosen =
    first instanceof HTMLInputElement && first.type === 'radio'
      ? fields.find(
          (field) => field instanceof HTMLInputElement && field.name === first.name && field.checked,
        )
      : undefined
  return (
    chosen ??
    first ??
    body.querySelector<HTMLElement>('.dialog-actions button:not(:disabled)') ??
    body.querySelector<HTMLElement>('[tabindex="0"]')
  )
}
