import { useNavigate, useSearch } from '@tanstack/react-router'

/** Which dialog of the page is open, in its address: it can be shared, and back closes it. */
export function useDialog(): {
  readonly dialog: string | undefined
  readonly open: (name: string) => void
  readonly close: () => void
} {
  const { dialog } = useSearch({ strict: false })
  const navigate = useNavigate()
  const show = (name: string): void =>
    void navigate({ to: '.', search: (before: object) => ({ ...before, dialog: name }) })
  return { dialog, open: show, close: () => show('') }
}
