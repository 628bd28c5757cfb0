import type { ReactElement } from 'react'
import type { Answer } from '../../api/call.ts'
import { exactTime, zonedTime } from '../../format/time.ts'

/** A schedule in words, and when it runs next, by the clocks of its own time zone. */
export function NextRuns(props: {
  readonly schedule: Answer<'orchestrations.describe-schedule'>
}): ReactElement {
  const { words, timeZone, nextRuns } = props.schedule
  return (
    <>
      <p className="strong">{words}</p>
      <p className="dim small">Next runs{timeZone === 'UTC' ? '' : ` (${timeZone})`}:</p>
      <ul className="next-runs">
        {nextRuns.map((at) => (
          <li key={at}>
            <time dateTime={at} title={exactTime(at)}>
              {zonedTime(at, timeZone)}
            </time>
          </li>
        ))}
      </ul>
    </>
  )
}
