import type { ReactElement } from 'react'
import { Answered } from '../../../ui/notices.tsx'
import { Section } from '../../../ui/page.tsx'
import { usePolicies } from './grants.tsx'
import { permissionWord } from './permission-words.ts'

/** What each policy and option allows, in plain words. */
export function PoliciesOverview(): ReactElement {
  const found = usePolicies()
  return (
    <Section title="What policies and options allow">
      <Answered of={found}>
        {({ policies, options }) => (
          <div className="stack">
            <ul className="allowed">
              {policies.map((policy) => (
                <Allowed key={policy.name} {...policy} denies={[]} />
              ))}
            </ul>
            <h3>Options</h3>
            <ul className="allowed">
              {options.map((option) => (
                <Allowed key={option.name} {...option} />
              ))}
            </ul>
          </div>
        )}
      </Answered>
    </Section>
  )
}

function Allowed(props: {
  readonly title: string
  readonly about: string
  readonly grants: readonly string[]
  readonly denies: readonly string[]
}): ReactElement {
  const { title, about, grants, denies } = props
  return (
    <li>
      <details>
        <summary>
          <span className="strong">{title}</span> <span className="dim">{about}</span>
        </summary>
        <Permissions label={`${title} may`} head="May" of={grants} />
        <Permissions label={`${title} may not`} head="May not" of={denies} />
      </details>
    </li>
  )
}

function Permissions(props: {
  readonly label: string
  readonly head: string
  readonly of: readonly string[]
}): ReactElement | null {
  if (props.of.length === 0) return null
  return (
    <>
      <p className="dim small after-text">{props.head}</p>
      <ul className="allowed-words" aria-label={props.label}>
        {props.of.map((permission) => (
          <li key={permission}>{permissionWord(permission)}</li>
        ))}
      </ul>
    </>
  )
}
