import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useRead } from '../api/hooks.ts'

/** Says on every page of the demo that it is one. */
export function DemoBanner(): ReactNode {
  const { data } = useRead('me.where', {})
  if (data?.demo !== true) return null
  return (
    <p className="demo-banner">
      <strong>Demo</strong> with sample data and a local Pinterest. Nothing is sent anywhere.{' '}
      <Link to="/connect">Connect a real account</Link>
    </p>
  )
}
