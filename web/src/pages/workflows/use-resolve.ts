import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { UseMutationResult } from '@tanstack/react-query'
import type { Answer, ApiError } from '../../api/call.ts'
import { isOf, useRead, useSend } from '../../api/hooks.ts'
import type { Reading } from '../../api/hooks.ts'
import { focusMain } from '../../ui/focus-main.ts'
import { toast } from '../../ui/toasts.tsx'
import { useGoOn } from '../../ui/use-dialog.ts'

/**
 * Takes a workflow action and returns to the live workflow that goes on, in place of the page that asked: going back leads to the
 * workflow that failed. What could not be done is read again, since someone else may have resolved it meanwhile.
 */
export function useResolve(id: string): UseMutationResult<Answer<'workflows.resolve'>, ApiError, string> {
  const goOn = useGoOn()
  const client = useQueryClient()
  const send = useSend('workflows.resolve', { alsoChanges: ['orchestrations', 'notifications', 'lists'] })
  return useMutation({
    mutationFn: (action: string) => send.mutateAsync({ params: { id }, body: { action } }),
    onSuccess: async ({ workflow, state }) => {
      toast(said(state))
      await goOn({ to: '/workflows/$id', params: { id: workflow }, search: {} })
      focusMain()
    },
    onError: () => client.invalidateQueries({ predicate: ({ queryKey }) => isOf(queryKey, ['workflows']) }),
  })
}

/** The actions of a workflow; while one is being taken, those that were offered stay. */
export function useActions(id: string, isTaking: boolean): Reading<Answer<'workflows.actions'>> {
  return useRead('workflows.actions', { params: { id } }, { enabled: !isTaking })
}

function said(state: string): string {
  if (state === 'accepted') return 'The list is accepted as it is.'
  if (state === 'stopped') return 'The workflow is stopped.'
  return state === 'stopping' ? 'The workflow stops.' : 'The workflow runs again.'
}
