import { Link, useSearch } from '@tanstack/react-router'
import type { ReactElement, ReactNode } from 'react'
import { useRead } from '../api/hooks.ts'
import { useMe } from '../api/me.ts'
import { StateMark } from '../ui/mark.tsx'
import { Answered, Empty } from '../ui/notices.tsx'
import { Page, Section } from '../ui/page.tsx'
import { Time } from '../ui/time.tsx'

/** What the top bar's search found, by kind. */

const SHOWN = 8

export function SearchPage(): ReactElement {
  const { q = '' } = useSearch({ from: '/shell/search' })
  const me = useMe()
  const input = { query: { search: q, limit: SHOWN } }
  const allowed = (permission: string): { enabled: boolean } => ({ enabled: q !== '' && me.may(permission) })
  const workflows = useRead('workflows.list', input, allowed('workflow:view'))
  const orchestrations = useRead('orchestrations.list', input, allowed('orchestration:view'))
  const destinations = useRead('destinations.list', input, allowed('destination:view'))
  const queries = useRead('queries.list', input, allowed('query:view'))
  const lists = useRead('lists.list', input, allowed('workflow:view'))
  const found = [lists, workflows, orchestrations, destinations, queries]
  const isNothing =
    q !== '' && found.every(({ data, isLoading }) => !isLoading && (data?.items.length ?? 0) === 0)
  return (
    <Page title={q === '' ? 'Search' : `Search: ${q}`}>
      {q === '' && <Empty title="Type a part of a name in the field above." />}
      {isNothing && <Empty title={`No results for "${q}".`} />}
      <Found title="Customer lists" of={lists}>
        {({ id, name }) => (
          <Link to="/lists/$id" params={{ id }}>
            {name}
          </Link>
        )}
      </Found>
      <Found title="Orchestrations" of={orchestrations}>
        {({ id, name }) => (
          <Link to="/orchestrations/$id" params={{ id }}>
            {name}
          </Link>
        )}
      </Found>
      <Found title="Queries" of={queries}>
        {({ id, name }) => (
          <Link to="/queries/$id" params={{ id }}>
            {name}
          </Link>
        )}
      </Found>
      <Found title="Destinations" of={destinations}>
        {({ id, name }) => (
          <Link to="/destinations/$id" params={{ id }}>
            {name}
          </Link>
        )}
      </Found>
      <Found
        title="Workflows"
        of={workflows}
        all={
          <Link to="/workflows" search={{ search: q }}>
            All of them
          </Link>
        }
      >
        {({ id, name, startedAt, ...how }) => (
          <>
            <Link to="/workflows/$id" params={{ id }}>
              {name}
            </Link>{' '}
            <StateMark {...how} /> <Time at={startedAt} />
          </>
        )}
      </Found>
    </Page>
  )
}

function Found<Row extends { readonly id: string }>(props: {
  readonly title: string
  readonly of: Parameters<typeof Answered<{ readonly items: readonly Row[] }>>[0]['of']
  readonly all?: ReactNode
  readonly children: (row: Row) => ReactNode
}): ReactNode {
  if (props.of.data === undefined && props.of.error === null) return null
  return (
    <Answered of={props.of}>
      {({ items }) =>
        items.length > 0 && (
          <Section title={props.title} actions={props.all}>
            <ul className="found">
              {items.map((row) => (
                <li key={row.id}>{props.children(row)}</li>
              ))}
            </ul>
          </Section>
        )
      }
    </Answered>
  )
}
