import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import type { Answer } from '../../api/call.ts'
import { count, counted, span } from '../../format/number.ts'
import { words } from '../../format/words.ts'
import { Notice } from '../../ui/notices.tsx'
import { Section } from '../../ui/page.tsx'
import '../../styles/difference.css'

type Workflow = Answer<'workflows.get'>
export type Difference = NonNullable<Workflow['difference']>

/** Who comes and who goes: the counts, a masked sample, what was rejected, and what sending takes. */
export function DifferenceView(props: {
  readonly workflow: Workflow
  readonly difference: Difference
}): ReactElement {
  const { workflow, difference } = props
  return (
    <>
      <Balance difference={difference} />
      <Cautions difference={difference} />
      <Samples difference={difference} />
      <Rejects workflow={workflow} />
    </>
  )
}

/** "184,203 now, +1,203 arrive, −396 leave, 185,010 then", with a bar of what stays, comes and goes. */
function Balance({ difference }: { readonly difference: Difference }): ReactElement {
  const { before, unsure, added, removed, unchanged, members, forecast } = difference
  const isChanged = added + removed > 0
  return (
    <section className="balance" aria-label="The difference">
      <ul className="balance-counts">
        <Count
          value={count(before - unsure)}
          label={unsure === 0 ? 'members now' : `members now, and ${count(unsure)} unsure`}
          tone={null}
        />
        <Count value={`+${count(added)}`} label="arrive" tone={added === 0 ? null : 'arrive'} />
        <Count value={`−${count(removed)}`} label="leave" tone={removed === 0 ? null : 'leave'} />
        <Count value={count(members)} label="members then" tone={null} />
      </ul>
      {isChanged && <Bar staying={unchanged} arriving={added} leaving={removed} />}
      <p className="dim">
        {isChanged
          ? `Sends ${counted(forecast.requests, 'request')}, ${forecast.seconds <= 1 ? 'in about a second' : `in about ${span(forecast.seconds)}`}.`
          : 'The list is already in step: there are no members to add or remove.'}
      </p>
    </section>
  )
}

function Count(props: {
  readonly value: string
  readonly label: string
  readonly tone: 'arrive' | 'leave' | null
}): ReactElement {
  return (
    <li className={props.tone === null ? '' : `balance-${props.tone}`}>
      <span className="balance-value">{props.value}</span>
      <span className="dim">{props.label}</span>
    </li>
  )
}

const barWords = { staying: 'stay', arriving: 'arrive', leaving: 'leave' } as const
/** A narrower part has no room for its word. */
const LABEL_SHARE_MIN = 0.15

/** The counts above say the same; the bar only shows their proportion. */
function Bar(props: {
  readonly staying: number
  readonly arriving: number
  readonly leaving: number
}): ReactElement {
  const total = props.staying + props.arriving + props.leaving
  const part = (name: 'staying' | 'arriving' | 'leaving'): ReactElement | null =>
    props[name] === 0 ? null : (
      <span className={`bar-${name}`} style={{ flexGrow: props[name] / total }}>
        {props[name] / total > LABEL_SHARE_MIN && barWords[name]}
      </span>
    )
  return (
    <div className="balance-bar" aria-hidden="true">
      {part('staying')}
      {part('arriving')}
      {part('leaving')}
    </div>
  )
}

function Cautions({ difference }: { readonly difference: Difference }): ReactElement {
  const { audience, audienceMinimum } = difference
  const large = largeTexts(difference)
  return (
    <>
      {large.length > 0 && (
        <Notice tone="warn">
          {large.map((text) => (
            <p key={text}>{text}</p>
          ))}
        </Notice>
      )}
      {audience === 'too_few' && (
        <Notice tone="warn">
          <p>
            An audience needs at least {count(audienceMinimum)} members. This list is new and has fewer, so
            sending would fail before anything is sent.
          </p>
        </Notice>
      )}
      {audience === 'too_few_in_step' && (
        <Notice tone="warn">
          <p>
            An audience needs at least {count(audienceMinimum)} members, and this list has none yet. Sending
            would bring the list in step, and then fail at the audience.
          </p>
        </Notice>
      )}
      {audience === 'too_few_with_audience' && (
        <Notice tone="warn">
          <p>Pinterest shows ads only to audiences of at least {count(audienceMinimum)} members.</p>
        </Notice>
      )}
    </>
  )
}

/** What of the change is larger than its limit. */
function largeTexts({ removal, addition, added, removed }: Difference): string[] {
  const text = (verb: string, number: number, { percent, limit }: Difference['addition']): string =>
    `${verb} ${counted(number, 'member')} is ${percent} % of the list, more than the limit of ${limit}.`
  return [
    ...(removal.large ? [text('Removing', removed, removal)] : []),
    ...(addition.large ? [text('Adding', added, addition)] : []),
  ]
}

function Samples({ difference: { sample, added } }: { readonly difference: Difference }) {
  if (sample === null || added === 0) return null
  return (
    <div className="samples">
      <Section title="Some of those who arrive">
        <Values of={sample.arrivals} none="None was found quickly." />
        {sample.arrivals.length > 0 && <p className="dim small">Masked: addresses are never shown whole.</p>}
      </Section>
    </div>
  )
}

function Values(props: { readonly of: readonly string[]; readonly none: string }): ReactElement {
  if (props.of.length === 0) return <p className="dim">{props.none}</p>
  return (
    <ul className="sample-values">
      {props.of.map((value, index) => (
        // eslint-disable-next-line react/no-array-index-key -- two masked values may be the same
        <li key={index}>
          <code>{value}</code>
        </li>
      ))}
    </ul>
  )
}

function Rejects({ workflow }: { readonly workflow: Workflow }): ReactElement {
  const { received, invalid, duplicates } = workflow.rows
  const reasons = Object.entries(workflow.invalidByReason)
    .toSorted(([, one], [, other]) => other - one)
    .map(([reason, number]) => `${count(number)} ${words(reason)}`)
  return (
    <Section title="From the query">
      <p>
        {counted(received, 'row')} received, {counted(duplicates, 'duplicate')},{' '}
        {invalid === 0 ? (
          'none rejected.'
        ) : (
          <>
            <Link to="/workflows/$id" params={{ id: workflow.id }} search={{ tab: 'rejects' }}>
              {count(invalid)} rejected
            </Link>
            : {reasons.join(', ')}.
          </>
        )}
      </p>
    </Section>
  )
}
