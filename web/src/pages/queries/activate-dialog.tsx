import { useEffect } from 'react'
import type { ReactElement } from 'react'
import { useSend } from '../../api/hooks.ts'
import { useMe } from '../../api/me.ts'
import { counted } from '../../format/number.ts'
import { Facts } from '../../ui/facts.tsx'
import { FormDialog } from '../../ui/form-dialog.tsx'
import { Mark } from '../../ui/mark.tsx'
import { toast } from '../../ui/toasts.tsx'
import type { Query } from './query-status.tsx'
import { TextDifference } from './text-difference.tsx'
import { verdictOf } from './thresholds.ts'
import { useAsked } from './use-asked.ts'
import { isUsed, UsedBy } from './used-by.tsx'
import { Prose } from '../../ui/prose.tsx'

/** What uses the query and what would change, before the draft becomes what runs. */
export function ActivateDialog(props: { readonly query: Query; readonly onClose: () => void }): ReactElement {
  const { query, onClose } = props
  const { id, name, version, active, draft } = query
  const me = useMe()
  const activate = useSend('queries.activate', {
    alsoChanges: ['orchestrations'],
    onDone: ({ notChecked, warnings }) => {
      const [isActive, ...found] =
        notChecked === null
          ? [`Query "${name}" is active.`, ...warnings]
          : [`Query "${name}" is active, but it was not checked.`, notChecked, ...warnings]
      if (found.length === 0) toast(isActive)
      else toast([isActive, ...found].join(' '), 'warn')
      // The dialog is gone already where the page was read again without the draft, but not from the address.
      onClose()
    },
  })
  const send = (): void => activate.mutate({ params: { id }, body: { version } })
  return (
    <FormDialog
      title="Activate the draft?"
      verb="Activate"
      size="xl"
      isDirty={false}
      isSending={activate.isPending}
      error={activate.error}
      onSubmit={send}
      onClose={onClose}
    >
      <p>
        {isUsed(query)
          ? 'These orchestrations send from the new text at their next run:'
          : 'No orchestration uses this query yet, so nothing is sent because of this.'}
      </p>
      <UsedBy query={query} />
      {me.may('query:run') && <Counts query={query} />}
      {active !== null && draft !== null && (
        <TextDifference label="Difference of active text and draft" before={active} after={draft} />
      )}
    </FormDialog>
  )
}

function Counts({ query }: { readonly query: Query }): ReactElement {
  const { active, thresholds } = query
  return (
    <Facts
      of={[
        ...(active === null
          ? []
          : [['Rows of the active text', <Rows key="active" query={query} text="active" />] as const]),
        ['Rows of the draft', <Rows key="draft" query={query} text="draft" thresholds={thresholds} />],
      ]}
    />
  )
}

function Rows(props: {
  readonly query: Query
  readonly text: 'active' | 'draft'
  readonly thresholds?: Query['thresholds']
}): ReactElement {
  const { id, version } = props.query
  const { data, error, ask } = useAsked('queries.count')
  useEffect(() => {
    ask({ params: { id }, body: { text: props.text } })
    // oxlint-disable-next-line react/exhaustive-deps -- counted once for each saved text
  }, [id, version, props.text])
  if (error !== null)
    return (
      <span className="tone-bad query-count-failed">
        <Prose of={error.message} />
      </span>
    )
  if (data === undefined) return <Mark tone="run">Counting</Mark>
  const verdict = props.thresholds === undefined ? null : verdictOf(data.rows, props.thresholds)
  return (
    <>
      <strong>{counted(data.rows, 'row')}</strong>
      {verdict !== null && (
        <div>
          <Mark tone={verdict.tone}>{verdict.text}</Mark>
        </div>
      )}
    </>
  )
}
