import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useMe } from '../../api/me.ts'

/** What ran, and what is configured to run by itself. */
export function WorkflowTabs(): ReactElement | null {
  if (!useMe().may('orchestration:view')) return null
  return (
    <nav className="tab-links" aria-label="Workflows">
      <Link to="/workflows" activeOptions={{ exact: true, includeSearch: false }}>
        Run history
      </Link>
      <Link to="/workflows/configured" activeOptions={{ includeSearch: false }}>
        Configured
      </Link>
    </nav>
  )
}
