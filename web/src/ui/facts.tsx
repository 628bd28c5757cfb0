import type { ReactElement, ReactNode } from 'react'

/** Names and values, such as those of one destination. */
export function Facts(props: {
  readonly of: readonly (readonly [name: string, value: ReactNode])[]
}): ReactElement {
  return (
    <dl className="facts">
      {props.of.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
