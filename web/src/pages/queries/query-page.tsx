import '../../styles/queries.css'
import { Link, useBlocker, useParams } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useRead } from '../../api/hooks.ts'
import { useMe } from '../../api/me.ts'
import { Confirm } from '../../ui/confirm.tsx'
import { MoreMenu } from '../../ui/more-menu.tsx'
import { AnsweredPage } from '../page-problems.tsx'
import { Page, Section } from '../../ui/page.tsx'
import { useUnsaved } from '../../ui/unsaved.ts'
import { useDialog } from '../../ui/use-dialog.ts'
import { DraftStrip } from './draft-strip.tsx'
import { MeanwhileNotice } from './meanwhile.tsx'
import { QueryDialogs } from './query-dialogs.tsx'
import { QueryStatus } from './query-status.tsx'
import type { Query } from './query-status.tsx'
import { ThresholdsSection } from './thresholds-section.tsx'
import { isUsed, UsedBy } from './used-by.tsx'
import { useDraft } from './use-draft.ts'
import { Workbench } from './workbench.tsx'

/** One query: its editor, which text runs, and what uses it. */
export function QueryPage(): ReactElement {
  const { id } = useParams({ from: '/shell/queries/$id' })
  const query = useRead('queries.get', { params: { id } })
  return (
    <AnsweredPage of={query}>
      {(data) => (data.id === id ? <Shown key={id} query={data} /> : null)}
    </AnsweredPage>
  )
}

function Shown({ query }: { readonly query: Query }): ReactElement {
  const { name, description, status, dataSource, hiddenOrchestrations } = query
  const me = useMe()
  const { open } = useDialog()
  const draft = useDraft(query)
  const mayEdit = me.may('query:edit')
  const activate = async (): Promise<void> => {
    if (draft.isDirty) await draft.save()
    open('activate')
  }
  return (
    <Page
      title={name}
      parent={<Link to="/queries">Queries</Link>}
      about={
        <>
          <QueryStatus status={status} />
          <span>
            reads{' '}
            <Link to="/settings/$tab/$id" params={{ tab: 'data-sources', id: dataSource.id }}>
              {dataSource.name}
            </Link>
          </span>
          {description !== '' && <span>{description}</span>}
        </>
      }
      actions={
        <MoreMenu
          label={`More for ${name}`}
          items={
            mayEdit
              ? [
                  { word: 'Edit name and description', onClick: () => open('rename') },
                  { word: 'Delete query', onClick: () => open('delete'), isDestructive: true },
                ]
              : []
          }
        />
      }
    >
      <DraftStrip
        query={query}
        isDirty={draft.isDirty}
        mayEdit={mayEdit}
        onActivate={() => void activate().catch(shownBesideTheEditor)}
        onCompare={() => open('difference')}
        onDiscard={() => open('discard')}
      />
      {draft.theirs !== null && <MeanwhileNotice onView={() => open('theirs')} />}
      <Workbench query={query} draft={draft} />
      <ThresholdsSection
        query={query}
        onEdit={mayEdit && hiddenOrchestrations === 0 ? () => open('thresholds') : null}
      />
      <Section title="Used by">
        {isUsed(query) ? (
          <UsedBy query={query} />
        ) : (
          <p className="dim">No orchestration sends from this query.</p>
        )}
      </Section>
      <QueryDialogs query={query} draft={draft} mayEdit={mayEdit} />
      <LeavingDialog isDirty={draft.isDirty} />
    </Page>
  )
}

function shownBesideTheEditor(): void {}

/** Asks before what was typed is lost. Dialogs and tabs of the same page lose nothing. */
function LeavingDialog({ isDirty }: { readonly isDirty: boolean }): ReactElement | null {
  useUnsaved(isDirty)
  const { status, proceed, reset } = useBlocker({
    shouldBlockFn: ({ current, next }) => isDirty && current.pathname !== next.pathname,
    enableBeforeUnload: isDirty,
    withResolver: true,
  })
  if (status !== 'blocked') return null
  return (
    <Confirm
      title="Leave without saving?"
      verb="Leave"
      isDestructive
      onClose={reset}
      onConfirm={async () => proceed()}
    >
      What you typed since the last save is lost.
    </Confirm>
  )
}
