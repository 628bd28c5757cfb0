import { useLayoutEffect, useRef } from 'react'
import type { ReactElement, RefObject } from 'react'
import { clockTime, zoneName } from '../../format/time.ts'
import { words } from '../../format/words.ts'
import { Empty } from '../../ui/notices.tsx'
import { useCut } from '../../ui/use-cut.tsx'
import type { Workflow } from './workflow.ts'
import { Prose } from '../../ui/prose.tsx'

const LINES_SHOWN = 300

/** The run log, which follows its end as long as someone is there. */
export function LogTab({ workflow }: { readonly workflow: Workflow }): ReactElement {
  const { log } = workflow
  const { shown, showAll } = useCut(log, { max: LINES_SHOWN, from: 'end', what: 'lines' })
  const list = useFollow(log.length)
  if (log.length === 0) return <Empty title="The run log is empty so far." />
  const first = log.length - shown.length
  return (
    <>
      <p className="dim small">Times in {zoneName()}</p>
      {showAll}
      <ol className="log" aria-label="Run log" tabIndex={0} ref={list} start={first + 1}>
        {shown.map(({ at, level, task, text }, index) => (
          // eslint-disable-next-line react/no-array-index-key -- lines are only ever added at the end
          <li key={first + index} className={`log-${level}`}>
            <time dateTime={at}>{clockTime(at)}</time>
            <span className="log-task">{task === null ? '' : words(task)}</span>
            <span className="log-text">
              {level === 'info' ? '' : `${level}: `}
              <Prose of={text} />
            </span>
          </li>
        ))}
      </ol>
    </>
  )
}

const NEAR_PX = 24

/** Stays at the end when lines are added; who has scrolled up stays there. */
function useFollow(lines: number): RefObject<HTMLOListElement | null> {
  const list = useRef<HTMLOListElement>(null)
  const isAtEnd = useRef(true)
  useLayoutEffect(() => {
    const element = list.current
    if (element === null) return undefined
    const note = (): void => {
      isAtEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PX
    }
    element.addEventListener('scroll', note)
    return () => element.removeEventListener('scroll', note)
  }, [])
  useLayoutEffect(() => {
    if (isAtEnd.current) list.current?.scrollTo({ top: list.current.scrollHeight })
  }, [lines])
  return list
}
