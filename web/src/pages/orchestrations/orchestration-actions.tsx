import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useSend } from '../../api/hooks.ts'
import { useMe } from '../../api/me.ts'
import { Confirm } from '../../ui/confirm.tsx'
import { MoreMenu } from '../../ui/more-menu.tsx'
import { toast } from '../../ui/toasts.tsx'
import { useDialog, useGoOn } from '../../ui/use-dialog.ts'
import { useKind } from '../destinations/use-kind.ts'
import { CopyDialog } from './copy-dialog.tsx'
import { EditOrchestrationDialog } from './orchestration-dialogs.tsx'
import type { Orchestration } from './orchestration-form.ts'
import { SampleDialog } from './sample-dialog.tsx'

/** People who see an orchestration see its destination, so that sending at all is what is left to ask. */
export function useMayDo(): { readonly edit: boolean; readonly run: boolean; readonly remove: boolean } {
  const { may } = useMe()
  const send = may('pii:send')
  const edit = may('orchestration:edit')
  return { edit: edit && send, run: may('orchestration:run') && send, remove: edit }
}

/** What can be done with an orchestration: the next step first and in colour. */
export function OrchestrationActions(props: {
  readonly orchestration: Orchestration
  /** A sample is what comes first. */
  readonly isSampleNext: boolean
  readonly onRun: () => void
  readonly isStarting: boolean
  readonly onEnable: (enabled: boolean) => void
}): ReactElement {
  const { orchestration, isSampleNext, onRun, isStarting, onEnable } = props
  const mayDo = useMayDo()
  const ways = useKind(orchestration.destination.kind)?.ways ?? []
  const { open } = useDialog()
  return (
    <>
      {mayDo.run && (
        <>
          {ways.includes('sample') && (
            <Button variant={isSampleNext ? 'filled' : 'default'} onClick={() => open('sample')}>
              Send sample
            </Button>
          )}
          {ways.includes('review') && <PlanButton orchestration={orchestration} />}
          <Button variant={isSampleNext ? 'default' : 'filled'} onClick={onRun} loading={isStarting}>
            Run now
          </Button>
        </>
      )}
      <More orchestration={orchestration} onEnable={onEnable} />
    </>
  )
}

function PlanButton({ orchestration: { id } }: { readonly orchestration: Orchestration }): ReactElement {
  return (
    <Button
      variant="default"
      renderRoot={(props) => <Link to="/orchestrations/$id/plan" params={{ id }} {...props} />}
    >
      See the difference
    </Button>
  )
}

function More(props: {
  readonly orchestration: Orchestration
  readonly onEnable: (enabled: boolean) => void
}): ReactElement {
  const { name, enabled } = props.orchestration
  const mayDo = useMayDo()
  const { open } = useDialog()
  const edits = [
    { word: 'Edit', onClick: () => open('edit') },
    { word: 'Copy', onClick: () => open('copy') },
    { word: enabled ? 'Disable' : 'Enable', onClick: () => props.onEnable(!enabled) },
  ]
  const removal = { word: 'Delete', onClick: () => open('delete'), isDestructive: true }
  return (
    <MoreMenu
      label={`More for ${name}`}
      items={[...(mayDo.edit ? edits : []), ...(mayDo.remove ? [removal] : [])]}
    />
  )
}

/** The dialog that the address names, if this person may use it. */
export function OrchestrationDialogs({
  orchestration,
}: {
  readonly orchestration: Orchestration
}): ReactElement | null {
  const { dialog, close } = useDialog()
  const mayDo = useMayDo()
  const sample = useKind(orchestration.destination.kind)?.sample ?? null
  if (dialog === 'sample' && mayDo.run && sample !== null)
    return <SampleDialog orchestration={orchestration} sample={sample} onClose={close} />
  if (dialog === 'edit' && mayDo.edit)
    return <EditOrchestrationDialog orchestration={orchestration} onClose={close} />
  if (dialog === 'copy' && mayDo.edit) return <CopyDialog orchestration={orchestration} onClose={close} />
  if (dialog === 'delete' && mayDo.remove)
    return <DeleteDialog orchestration={orchestration} onClose={close} />
  return null
}

function DeleteDialog(props: {
  readonly orchestration: Orchestration
  readonly onClose: () => void
}): ReactElement {
  const { id, name, list } = props.orchestration
  const goOn = useGoOn()
  const remove = useSend('orchestrations.delete', { alsoChanges: ['queries', 'destinations'] })
  return (
    <Confirm
      title={`Delete orchestration "${name}"?`}
      verb="Delete"
      isDestructive
      onClose={props.onClose}
      onConfirm={async () => {
        await remove.mutateAsync({ params: { id } })
        toast(`Orchestration "${name}" is deleted.`)
        await goOn({ to: '/orchestrations' })
      }}
    >
      Its settings and schedule are lost.{' '}
      {list === null
        ? 'The history of its workflows stays.'
        : `Customer list "${list.name}" stays in Pinterest as it is, and is no longer kept in step; the history of its workflows stays too.`}
    </Confirm>
  )
}
