import { useEffect } from 'react'

/** Whether the page holds something typed that is not saved, so that it is not taken away unasked. */

let holders = 0

export function useUnsaved(isDirty: boolean): void {
  useEffect(() => {
    if (!isDirty) return undefined
    holders += 1
    return () => void (holders -= 1)
  }, [isDirty])
}

export function hasUnsaved(): boolean {
  return holders > 0
}
