import { timingSafeEqual } from 'node:crypto'
import { digestOf, newSecret } from './tokens.ts'

/**
 * Tickets: the bearer of one is signed in as its user, once. They are known to the process that issued them alone, as digests,
 * and end with it.
 */
export interface Tickets {
  readonly issue: (userId: string) => string
  /** Uses a ticket up. Whose it was; null for one that was never issued, or is used. */
  readonly take: (ticket: string) => string | null
}

/** `onTaken` is called when a ticket was used. */
export function createTickets(onTaken: () => void = () => {}): Tickets {
  let held: readonly { readonly digest: Buffer; readonly userId: string }[] = []
  return {
    issue: (userId) => {
      const ticket = newSecret()
      held = [...held, { digest: bytesOf(ticket), userId }]
      return ticket
    },
    take: (ticket) => {
      const digest = bytesOf(ticket)
      const matches = held.map((one) => timingSafeEqual(one.digest, digest))
      const taken = held[matches.indexOf(true)]
      if (taken === undefined) return null
      held = held.filter((one) => one !== taken)
      onTaken()
      return taken.userId
    },
  }
}

function bytesOf(ticket: string): Buffer {
  return Buffer.from(digestOf(ticket))
}
