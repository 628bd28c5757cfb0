import { Link, useParams } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useRead } from '../../api/hooks.ts'
import { AdAccount } from '../../ui/ad-account.tsx'
import { Facts } from '../../ui/facts.tsx'
import { Answered } from '../../ui/notices.tsx'
import { Page } from '../../ui/page.tsx'

export function DestinationPage(): ReactElement {
  const { id } = useParams({ from: '/shell/destinations/$id' })
  const destination = useRead('destinations.get', { params: { id } })
  return (
    <Answered of={destination}>
      {({ name, description, credential, adAccount, audiencePrimaryKey, adminOnly, limitedPii }) => (
        <Page title={name} parent={<Link to="/destinations">Destinations</Link>} about={description}>
          <Facts
            of={[
              ['Credential', credential.name],
              ['Ad account ID', <AdAccount key="account" of={adAccount} />],
              ['Audience primary key', audiencePrimaryKey],
              ['Admin only', adminOnly ? 'yes' : 'no'],
              ['PII setting', limitedPii ? 'limited access is allowed' : 'off'],
            ]}
          />
        </Page>
      )}
    </Answered>
  )
}
