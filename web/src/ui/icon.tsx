import type { ReactElement } from 'react'

/** Small line drawings. They are decoration: the word beside them, or the label of their button, says what is meant. */

const paths = {
  overview: 'M3 3h6v8H3zM11 3h6v5h-6zM11 10h6v7h-6zM3 13h6v4H3z',
  destinations: 'M10 2v9m0 0l-3.5-3.5M10 11l3.5-3.5M3 12v4a1 1 0 001 1h12a1 1 0 001-1v-4',
  queries:
    'M10 3c3.9 0 6.5 1.1 6.5 2.5S13.900 8 10 8 3.500 6.900 3.500 5.500 6.100 3 10 3zM3.500 5.500v9C3.500 15.900 6.100 17 10 17s6.500-1.100 6.500-2.500v-9M3.500 10c0 1.400 2.600 2.500 6.500 2.500s6.500-1.100 6.500-2.500',
  orchestrations: 'M4 6h12m0 0l-3-3m3 3l-3 3M16 14H4m0 0l3-3m-3 3l3 3',
  workflows: 'M3 10h3l2-5 4 10 2-5h3',
  settings: 'M4 6h12M4 14h12M8 3.500v5M13 11.500v5',
  bell: 'M10 3a4.500 4.500 0 00-4.500 4.500c0 4-1.500 5-1.500 6h12c0-1-1.500-2-1.500-6A4.500 4.500 0 0010 3zM8.500 16.500a1.600 1.600 0 003 0',
  search: 'M9 3.500a5.500 5.500 0 100 11 5.500 5.500 0 000-11zM13 13l4 4',
  menu: 'M3 5h14M3 10h14M3 15h14',
  close: 'M5 5l10 10M15 5L5 15',
  account: 'M10 3.500a3 3 0 100 6 3 3 0 000-6zM4 16.500c.5-3 3-4.500 6-4.500s5.500 1.500 6 4.500',
  check: 'M4 10.500l4 4 8-9',
  cross: 'M5 5l10 10M15 5L5 15',
  warn: 'M10 3l8 14H2zM10 8v4M10 14.500v.1',
  info: 'M10 3a7 7 0 100 14 7 7 0 000-14zM10 9.500v4M10 6.500v.1',
  run: 'M10 3a7 7 0 107 7',
  pause: 'M7 4v12M13 4v12',
  stop: 'M5 5h10v10H5z',
  dot: 'M10 6.500a3.500 3.500 0 100 7 3.500 3.500 0 000-7z',
  out: 'M8 4H4v12h12v-4M11 4h5v5M16 4l-8 8',
  more: 'M4 10h.1M10 10h.1M16 10h.1',
  plus: 'M10 4v12M4 10h12',
  clock: 'M10 3a7 7 0 100 14 7 7 0 000-14zM10 6v4l3 2',
  edit: 'M4 16l.8-3.700L13.500 3.600l2.900 2.900-8.700 8.700z',
  right: 'M8 5l5 5-5 5',
  unfold: 'M5 8l5 5 5-5',
  down: 'M10 3v10m0 0l-4-4m4 4l4-4M4 17h12',
} as const

export type IconName = keyof typeof paths

export function Icon({ name, size = 18 }: { readonly name: IconName; readonly size?: number }): ReactElement {
  return (
    <svg
      className={`icon icon-${name}`}
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={paths[name]} />
    </svg>
  )
}
