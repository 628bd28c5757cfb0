import { useNavigate, useRouter, useSearch } from '@tanstack/react-router'

/** Which dialog of the page is open, in its address: it can be shared, back closes it, and does not open it again. */
export function useDialog(): {
  readonly dialog: string | undefined
  readonly open: (name: string) => void
  readonly close: () => void
} {
  const { dialog } = useSearch({ strict: false })
  const navigate = useNavigate()
  const router = useRouter()
  const { history } = router
  const show = (name: string): void =>
    void navigate({
      to: '.',
      search: (before: object) => ({ ...before, dialog: name }),
      state: { isOverPage: name !== '' },
      replace: name === '',
    })
  // A dialog that was opened from its page gives way to it, so that no way back is left which leads nowhere.
  const close = (): void => {
    // What it did may have taken a while, and the person may have closed it and gone on.
    if (router.latestLocation.search.dialog !== dialog) return
    if (history.location.state.isOverPage === true) history.back({ ignoreBlocker: true })
    else show('')
  }
  return { dialog, open: show, close }
}

declare module '@tanstack/react-router' {
  interface HistoryState {
    /** A dialog that was opened from the page before it in the history, which is its own. */
    readonly isOverPage?: boolean
    /** Where a decision is taken that was asked for on the page of this workflow, which is before it in the history. */
    readonly fromWorkflow?: string | undefined
  }
}

/** Goes on from a dialog to another page, in place of the dialog in the history, so that the way back does not open it again. */
export function useGoOn(): ReturnType<typeof useNavigate> {
  const navigate = useNavigate()
  return (options) => navigate({ ...options, replace: true })
}
