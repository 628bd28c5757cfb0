import { Link, useParams } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useRead } from '../../api/hooks.ts'
import { title } from '../../format/words.ts'
import { Facts } from '../../ui/facts.tsx'
import { Answered } from '../../ui/notices.tsx'
import { Page, Section } from '../../ui/page.tsx'

export function QueryPage(): ReactElement {
  const { id } = useParams({ from: '/shell/queries/$id' })
  const query = useRead('queries.get', { params: { id } })
  return (
    <Answered of={query}>
      {({ name, description, status, dataSource, active, draft }) => (
        <Page title={name} parent={<Link to="/queries">Queries</Link>} about={description}>
          <Facts
            of={[
              ['Status', title(status)],
              ['Data source', dataSource.name],
            ]}
          />
          {active !== null && <Sql title="Active" sql={active.sql} />}
          {draft !== null && <Sql title="Draft, not yet active" sql={draft.sql} />}
        </Page>
      )}
    </Answered>
  )
}

function Sql(props: { readonly title: string; readonly sql: string }): ReactElement {
  return (
    <Section title={props.title}>
      <pre className="code" tabIndex={0} aria-label={props.title}>
        {props.sql}
      </pre>
    </Section>
  )
}
