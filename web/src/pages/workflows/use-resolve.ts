import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { UseMutationResult } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import type { AnyRouter, HistoryLocation } from '@tanstack/react-router'
import type { Answer, ApiError } from '../../api/call.ts'
import { isOf, keyOf, useRead, useSend } from '../../api/hooks.ts'
import type { Reading } from '../../api/hooks.ts'
import { counted } from '../../format/number.ts'
import { focusMain } from '../../ui/focus-main.ts'
import { toast } from '../../ui/toasts.tsx'
import { useGoOn } from '../../ui/use-dialog.ts'
import { toSend } from './approval.tsx'
import type { Workflow } from './workflow.ts'

/**
 * Takes a workflow action and returns to the live workflow that goes on, in place of the page that asked: going back leads to the
 * workflow that failed. What could not be done is read again, since someone else may have resolved it meanwhile.
 */
export function useResolve(id: string): UseMutationResult<Answer<'workflows.resolve'>, ApiError, string> {
  const goOn = useGoOn()
  const router = useRouter()
  const client = useQueryClient()
  const send = useSend('workflows.resolve', { alsoChanges: ['orchestrations', 'notifications', 'lists'] })
  return useMutation({
    mutationFn: async (action: string) => {
      const sent = sentBy(action, client.getQueryData<Workflow>(keyOf('workflows.get', { params: { id } })))
      const answer = await send.mutateAsync({ params: { id }, body: { action } })
      toast(said(answer.state, sent))
      return answer
    },
    onSuccess: async ({ workflow }) => {
      if (workflow === id && isPageBefore(router.history.location, id)) await goBack(router)
      else await goOn({ to: '/workflows/$id', params: { id: workflow }, search: {} })
      focusMain()
    },
    onError: () => client.invalidateQueries({ predicate: ({ queryKey }) => isOf(queryKey, ['workflows']) }),
  })
}

/** Goes back, and waits until that page is shown. */
async function goBack(router: Pick<AnyRouter, 'history' | 'subscribe'>): Promise<void> {
  await new Promise<void>((resolve) => {
    const stop = router.subscribe('onResolved', () => {
      stop()
      resolve()
    })
    router.history.back({ ignoreBlocker: true })
  })
}

/** Whether going back leads to the page of a workflow, so that in place of this one it would stand there twice. */
function isPageBefore({ pathname, state }: HistoryLocation, id: string): boolean {
  return state.fromWorkflow === id || (state.isOverPage === true && pathname === `/workflows/${id}`)
}

/** The actions of a workflow; while one is being taken, those that were offered stay. */
export function useActions(id: string, isTaking: boolean): Reading<Answer<'workflows.actions'>> {
  return useRead('workflows.actions', { params: { id } }, { enabled: !isTaking })
}

/** What is sent now that a person has agreed to it; null for an action that sends nothing by itself. */
function sentBy(action: string, workflow: Workflow | undefined): string | null {
  const { adds, removes } = workflow === undefined ? { adds: 0, removes: 0 } : toSend(workflow)
  const parts = [
    ...(adds > 0 ? [counted(adds, 'addition')] : []),
    ...(removes > 0 ? [counted(removes, 'removal')] : []),
  ]
  return (action === 'send' || action === 'approve') && parts.length > 0 ? parts.join(' and ') : null
}

function said(state: string, sent: string | null): string {
  if (state === 'accepted') return 'The list is accepted as it is.'
  if (state === 'stopped') return 'The workflow is stopped.'
  return state === 'stopping'
    ? 'The workflow stops.'
    : sent === null
      ? 'The workflow runs again.'
      : `Sending ${sent}.`
}
