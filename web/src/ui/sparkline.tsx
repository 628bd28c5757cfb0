import type { ReactElement } from 'react'
import { count, counted } from '../format/number.ts'

const WIDTH = 96
const HEIGHT = 24
const MARGIN = 2

/** A row of numbers as a small line; what it shows is said in words for those who do not see it. */
export function Sparkline({ values }: { readonly values: readonly number[] }): ReactElement | null {
  const [first] = values
  const last = values.at(-1)
  if (first === undefined || last === undefined || values.length < 2) return null
  const lowest = Math.min(...values)
  const span = Math.max(...values) - lowest
  const x = (index: number): number => MARGIN + (index * (WIDTH - 2 * MARGIN)) / (values.length - 1)
  // A flat line stands in the middle.
  const y = (value: number): number =>
    span === 0 ? HEIGHT / 2 : HEIGHT - MARGIN - ((value - lowest) * (HEIGHT - 2 * MARGIN)) / span
  const points = values.map((value, index) => `${x(index).toFixed(1)},${y(value).toFixed(1)}`).join(' ')
  return (
    <svg
      className="sparkline"
      width={WIDTH}
      height={HEIGHT}
      role="img"
      aria-label={`Members over the last ${counted(values.length, 'run')}: from ${count(first)} to ${count(last)}`}
    >
      <polyline points={points} fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinejoin="round" />
      <circle cx={x(values.length - 1)} cy={y(last)} r="2" fill="currentColor" />
    </svg>
  )
}
