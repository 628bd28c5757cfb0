import {
  Bar,
  BarChart,
  CartesianGrid,
  Line,
  LineChart,
  ReferenceLine,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts'
import type { ReactElement, ReactNode } from 'react'
import { count } from '../../format/number.ts'
import { exactTime, shortTime } from '../../format/time.ts'
import type { WorkflowItem } from '../../table/workflow-columns.tsx'
import type { List } from './list.ts'

/** Members over time, and what each run added and removed. The table of runs below says the same in numbers. */

const HEIGHT = 200

/** That of the labels, without more below them. */
const LABELS_HEIGHT = 22

const axis = { stroke: 'var(--line)', tick: { fill: 'var(--dim)', fontSize: 12 }, tickLine: false }
const tooltip = {
  contentStyle: {
    background: 'var(--surface)',
    border: '1px solid var(--line)',
    borderRadius: 6,
    color: 'var(--text)',
    fontSize: 12.5,
  },
  labelFormatter: (_: ReactNode, points: readonly { readonly payload?: unknown }[]) => {
    const { at } = (points[0]?.payload ?? {}) as { readonly at?: string }
    return at === undefined ? '' : exactTime(at)
  },
  isAnimationActive: false,
}

export function ListCharts(props: {
  readonly history: List['history']
  readonly runs: readonly WorkflowItem[]
}): ReactElement {
  const changes = props.runs
    .filter(({ added, removed }) => added !== null && removed !== null)
    .toReversed()
    .map(({ startedAt, added, removed }) => ({ at: startedAt, added: added ?? 0, removed: -(removed ?? 0) }))
  return (
    <div className="charts">
      <Chart
        title="Members over time"
        empty={props.history.length < 2 ? 'There are not enough runs for a chart yet.' : null}
      >
        <LineChart
          data={props.history.map((point) => ({ ...point, time: Date.parse(point.at) }))}
          accessibilityLayer={false}
        >
          <CartesianGrid stroke="var(--line)" vertical={false} />
          <XAxis
            {...axis}
            height={LABELS_HEIGHT}
            dataKey="time"
            type="number"
            scale="time"
            domain={['dataMin', 'dataMax']}
            tickFormatter={(ms: number) => shortTime(new Date(ms).toISOString())}
            minTickGap={40}
          />
          <YAxis {...axis} width={64} domain={['auto', 'auto']} tickFormatter={count} axisLine={false} />
          <Tooltip {...tooltip} formatter={(value) => [count(Number(value)), 'members']} />
          <Line
            dataKey="members"
            type="stepAfter"
            stroke="var(--run)"
            strokeWidth={2}
            dot={{ r: 3, fill: 'var(--run)' }}
            isAnimationActive={false}
          />
        </LineChart>
      </Chart>
      <Chart
        title="Added and removed by each run"
        empty={
          changes.every(({ added, removed }) => added === 0 && removed === 0)
            ? 'No run shown here has added or removed a member.'
            : null
        }
      >
        <BarChart data={changes} stackOffset="sign" accessibilityLayer={false}>
          <CartesianGrid stroke="var(--line)" vertical={false} />
          <XAxis
            {...axis}
            height={LABELS_HEIGHT}
            dataKey="at"
            tickFormatter={(at: string) => shortTime(at)}
            minTickGap={40}
          />
          <YAxis {...axis} width={64} tickFormatter={signed} axisLine={false} />
          <Tooltip
            {...tooltip}
            cursor={{ fill: 'var(--hover)' }}
            formatter={(value, name) => [signed(Number(value)), name]}
          />
          <ReferenceLine y={0} stroke="var(--dim)" />
          <Bar dataKey="added" stackId="change" fill="var(--ok)" maxBarSize={28} isAnimationActive={false} />
          <Bar
            dataKey="removed"
            stackId="change"
            fill="var(--warn)"
            maxBarSize={28}
            isAnimationActive={false}
          />
        </BarChart>
      </Chart>
    </div>
  )
}

/** "+1,203", "−396": what is below zero says so. */
function signed(value: number): string {
  if (value === 0) return '0'
  return `${value < 0 ? '−' : '+'}${count(Math.abs(value))}`
}

function Chart(props: {
  readonly title: string
  /** Why there is nothing to draw; null when there is. */
  readonly empty: string | null
  readonly children: ReactElement
}): ReactElement {
  return (
    <figure className="chart">
      <figcaption>{props.title}</figcaption>
      {props.empty !== null ? (
        <p className="dim">{props.empty}</p>
      ) : (
        <div aria-hidden="true">
          <ResponsiveContainer width="100%" height={HEIGHT}>
            {props.children}
          </ResponsiveContainer>
        </div>
      )}
    </figure>
  )
}
