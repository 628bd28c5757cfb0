import { request } from 'undici'
import { AD_ACCOUNTS, DEMO_APP } from '../../../simulator/main.ts'
import type { Simulator } from '../../../simulator/main.ts'

/** Somebody else makes a list of this name through the API. Returns its id. */
export async function makeList(
  simulator: Simulator,
  name: string,
  emails: readonly string[],
): Promise<string> {
  const answer = await request(`${simulator.url}/ad_accounts/${AD_ACCOUNTS.owned}/customer_lists`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${simulator.control.accessToken()}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ name, records: emails.join(',') }),
  })
  const { id } = (await answer.body.json()) as { id: string }
  return id
}

/** A person authorizes Rollcall once more. Returns the new refresh token. */
export async function authorizeAgain(simulator: Simulator): Promise<string> {
  const answer = await request(`${simulator.url}/oauth/token`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${DEMO_APP.id}:${DEMO_APP.secret}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code: DEMO_APP.authorizationCode,
      redirect_uri: 'http://localhost',
    }).toString(),
  })
  const { refresh_token: token } = (await answer.body.json()) as { refresh_token: string }
  return token
}

/** How many audiences the API shows that are made from this list. */
export async function audiencesFrom(simulator: Simulator, listId: string): Promise<number> {
  const answer = await request(
    `${simulator.url}/ad_accounts/${AD_ACCOUNTS.owned}/audiences?ownership_type=OWNED`,
    { headers: { authorization: `Bearer ${simulator.control.accessToken()}` } },
  )
  const { items } = (await answer.body.json()) as { items: { rule: { customer_list_id: string } }[] }
  return items.filter(({ rule }) => rule.customer_list_id === listId).length
}
