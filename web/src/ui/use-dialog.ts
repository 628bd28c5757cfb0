import { useNavigate, useSearch } from '@tanstack/react-router'

/** Which dialog of the page is open, in its address: it can be shared, back closes it, and does not open it again. */
export function useDialog(): {
  readonly dialog: string | undefined
  readonly open: (name: string) => void
  readonly close: () => void
} {
  const { dialog } = useSearch({ strict: false })
  const navigate = useNavigate()
  const show = (name: string, replace: boolean): void =>
    void navigate({ to: '.', search: (before: object) => ({ ...before, dialog: name }), replace })
  return { dialog, open: (name) => show(name, false), close: () => show('', true) }
}

/** Goes on from a dialog to another page, in place of the dialog in the history, so that the way back does not open it again. */
export function useGoOn(): ReturnType<typeof useNavigate> {
  const navigate = useNavigate()
  return (options) => navigate({ ...options, replace: true })
}
