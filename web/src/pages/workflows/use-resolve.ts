import type { UseMutationResult } from '@tanstack/react-query'
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { Answer, ApiError } from '../../api/call.ts'
import { useSend } from '../../api/hooks.ts'
import { toast } from '../../ui/toasts.tsx'

/** Takes a workflow action and returns to the live workflow that goes on. */
export function useResolve(id: string): UseMutationResult<Answer<'workflows.resolve'>, ApiError, string> {
  const navigate = useNavigate()
  const send = useSend('workflows.resolve', { alsoChanges: ['orchestrations', 'notifications'] })
  return useMutation({
    mutationFn: (action: string) => send.mutateAsync({ params: { id }, body: { action } }),
    onSuccess: async ({ workflow, state }) => {
      toast(said(state))
      await navigate({ to: '/workflows/$id', params: { id: workflow }, search: {} })
    },
  })
}

function said(state: string): string {
  if (state === 'stopped') return 'The workflow is stopped.'
  return state === 'stopping' ? 'The workflow stops.' : 'The workflow runs again.'
}
