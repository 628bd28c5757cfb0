import { useEffect, useRef } from 'react'
import { useRead } from '../api/hooks.ts'
import { dismissArrivals, toast } from '../ui/toasts.tsx'

/** Says once, wherever one is, that an error or something to approve has arrived; what was there before says nothing. */
export function useArrivals(isOn: boolean): void {
  const query = { limit: 1, unread: 'true', wanting: 'true' } as const
  const { data } = useRead('notifications.list', { query }, { enabled: isOn })
  const known = useRef<number | null>(null)
  useEffect(() => {
    if (data === undefined) return
    const [newest] = data.items
    const isNew = known.current !== null && newest !== undefined && newest.number > known.current
    // The one that was said is read or settled, so that it wants nothing any more.
    if (known.current !== null && (newest?.number ?? 0) < known.current) dismissArrivals()
    known.current = Math.max(known.current ?? 0, newest?.number ?? 0)
    if (!isNew) return
    const { kind, title, text, workflow } = newest
    toast(`${title}: ${text}`, kind === 'error' ? 'bad' : 'warn', { kind: 'arrival', workflow })
  }, [data])
}
