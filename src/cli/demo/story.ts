import { AD_ACCOUNTS } from '../../../simulator/main.ts'
import type { Simulator } from '../../../simulator/main.ts'
import { count } from '../../base/words.ts'
import { bold, dim, mark } from '../output.ts'
import type { DemoClient, Outcome } from './demo-client.ts'
import { makeSampleData } from './sample-data.ts'

/** The main job in a few lines, while it happens. */

/** Runs workflows, so that the console has something of each kind to show, and tells what came of them. */
export async function tellStory(
  client: DemoClient,
  { folder, simulator }: { readonly folder: string; readonly simulator: Simulator },
): Promise<void> {
  const { loyal, lapsed, newsletter, netherlands, exportCustomers, exportSubscribers } = await makeSampleData(
    client,
    folder,
    simulator.app,
  )
  const truth = (name: string): string => {
    const list = simulator.control.lists(AD_ACCOUNTS.owned).find((one) => one.name === name)
    return `the local Pinterest has ${count(list?.members ?? 0)}`
  }
  say('The demo created a credential, a destination, data sources, queries and orchestrations.', '')

  // Beside the list that the story follows; the shop's export is read before it changes.
  const others = Promise.all([client.run(lapsed), client.run(netherlands), client.run(newsletter)])
  others.catch(() => {})
  const sample = await client.run(loyal, { members: 100 })
  tell('Loyal customers (sample)', sample, truth('Loyal customers (sample)'))
  tell('Loyal customers', await client.run(loyal), truth('Loyal customers'))
  const [lapsedOnes, few] = await others
  tell('Lapsed customers', lapsedOnes, truth('Lapsed customers'))

  say('', 'The shop changes: customers join and leave. Rollcall sends only the difference.', '')
  for (const change of CHANGES) {
    await exportCustomers(change)
    tell('Loyal customers', await client.run(loyal), truth('Loyal customers'))
  }

  say('', 'Not everything goes well. The console shows what you can do:', '')
  await exportSubscribers({ joined: 0, left: 0.8 })
  tell('Newsletter subscribers', await client.run(newsletter))
  tell('Best customers, Netherlands', few)
  // Not sent yet: what it would change can be looked at.
  await exportCustomers({ joined: 0.13, left: 0.07 })
}

const CHANGES = [
  { joined: 0.02, left: 0.01 },
  { joined: 0.06, left: 0.05 },
  { joined: 0.1, left: 0.06 },
]

function tell(list: string, { state, rows, changes, error }: Outcome, truth = ''): void {
  const name = bold(list.padEnd(NAME_WIDTH))
  if (state === 'succeeded') {
    const sent = `+${count(changes.added)} −${count(changes.removed)}`
    say(
      `${mark('✓', 'green')} ${name} ${count(rows.members).padStart(COUNT_WIDTH)} members  ${sent.padEnd(SENT_WIDTH)} ${dim(truth)}`,
    )
  } else {
    const sign = state === 'waiting' ? mark('!', 'yellow') : mark('✗', 'red')
    // The console says the rest, with what can be done.
    say(`${sign} ${name} ${error?.message.split(/; |\. /)[0] ?? state}`)
  }
}

const COUNT_WIDTH = 6
const NAME_WIDTH = 28
const SENT_WIDTH = 13

export function say(...lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''))
}
