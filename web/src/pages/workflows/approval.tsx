import { TextInput } from '@mantine/core'
import { useState } from 'react'
import type { ReactElement } from 'react'
import { count, counted } from '../../format/number.ts'
import type { Workflow } from './workflow.ts'

/** A large change is approved by typing its numbers, on every route to approval alike. */

interface Approval {
  /** Something is large, so that numbers have to be typed. */
  readonly isNeeded: boolean
  /** What has to be typed was typed. */
  readonly isGiven: boolean
  /** The fields to type them in; null when none is needed. */
  readonly fields: ReactElement | null
}

export function useApproval(difference: Workflow['difference']): Approval {
  const [removes, setRemoves] = useState('')
  const [adds, setAdds] = useState('')
  const asked = [
    { what: 'remove', number: difference?.removed ?? 0, isLarge: difference?.removal.large === true },
    { what: 'add', number: difference?.added ?? 0, isLarge: difference?.addition.large === true },
  ].filter(({ isLarge }) => isLarge)
  const typedOf = (what: string): string => (what === 'remove' ? removes : adds)
  const isNeeded = asked.length > 0
  return {
    isNeeded,
    isGiven: asked.every(({ what, number }) => numberOf(typedOf(what)) === number),
    fields: isNeeded ? (
      <>
        {asked.map(({ what, number }) => (
          <NumberToType
            key={what}
            what={what}
            number={number}
            typed={typedOf(what)}
            onType={what === 'remove' ? setRemoves : setAdds}
          />
        ))}
      </>
    ) : null,
  }
}

/** What is sent once a person approves it. */
export function toSend({ difference, known }: Workflow): {
  readonly adds: number
  readonly removes: number
} {
  return {
    adds: known.additionsSent ? 0 : (difference?.added ?? 0),
    removes: difference?.removed ?? 0,
  }
}

/** What the button does that approves a change, such as "Remove 489 members" or "Add 12 and remove 3 members". */
export function approvalVerb(workflow: Workflow): string {
  const { adds, removes } = toSend(workflow)
  if (adds > 0 && removes > 0) return `Add ${count(adds)} and remove ${counted(removes, 'member')}`
  if (removes > 0) return `Remove ${counted(removes, 'member')}`
  return adds > 0 ? `Add ${counted(adds, 'member')}` : 'Resolve'
}

function NumberToType(props: {
  readonly what: string
  readonly number: number
  readonly typed: string
  readonly onType: (text: string) => void
}): ReactElement {
  const { what, number, typed, onType } = props
  const isWrong = typed.length >= String(number).length && numberOf(typed) !== number
  return (
    <TextInput
      className="fit"
      label={`To approve, type the number of members to ${what}: ${count(number)}`}
      inputMode="numeric"
      autoComplete="off"
      value={typed}
      error={isWrong ? 'The numbers do not match.' : null}
      onChange={(event) => onType(event.currentTarget.value)}
    />
  )
}

/** People may type the separators that they see. */
function numberOf(typed: string): number {
  return Number(typed.replaceAll(/[\s,.]/g, ''))
}
