import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deviceWords } from '../../web/src/format/device.ts'
import type { Client } from '../server/support.ts'
import { startReceiver } from '../notify/receivers.ts'
import { choosePassword, look, openConsole, signIn } from './console.ts'
import type { Console } from './console.ts'
import { addUser, choose, copied } from './settings-page.ts'

/** Settings in the console: the activity log, alerts and one's own profile. */

let console: Console
let administrator: Client

beforeAll(async () => {
  console = await openConsole()
  administrator = await console.service.as(
    ['datagrid_administrator'],
    ['allow_api_key_administration', 'allow_user_administration'],
  )
})

afterAll(async () => {
  await console.close()
})

describe('the activity log', () => {
  test('is narrowed by the address, opens an entry in place, leads to its object and is downloaded as shown', async () => {
    const id = await addUser(administrator, 'Noted')
    await administrator.ok('PATCH', `/users/${id}`, { version: 1, name: 'Noted twice' })
    const page = await console.signedIn('datagrid_administrator', { at: '/settings/activity' })
    await page.getByLabel('Object', { exact: true }).selectOption('User')
    await page.waitForURL((url) => url.searchParams.get('objectType') === 'user')
    await page.getByRole('main').getByLabel('Search').fill('Noted')
    await page.waitForURL((url) => url.searchParams.get('search') === 'Noted')
    await page.getByRole('row').filter({ hasText: 'Noted twice' }).getByText('User: updated').click()
    await page.getByText('Noted → Noted twice').waitFor()
    await look(page, 'activity-light')
    const download = page.waitForEvent('download')
    await page.getByRole('link', { name: 'Download as CSV' }).click()
    const csv = await (await download).createReadStream()
    const lines = (await Array.fromAsync(csv, String)).join('').trim().split('\r\n')
    expect(lines.map((line) => line.split(',')[2])).toEqual(['action', 'user.updated', 'user.created'])
    await page.getByRole('link', { name: 'Noted twice' }).first().click()
    await page.getByRole('heading', { name: 'Noted twice' }).waitFor()
    await page.goBack()
    expect(new URL(page.url()).searchParams.get('objectType')).toBe('user')
  })

  test('offers no download to those whose policies do not allow it', async () => {
    const page = await console.signedIn('datagrid_administrator', {
      at: '/settings/activity?action=api_key.',
      grants: ['restrict_downloads'],
    })
    await page.getByRole('table', { name: /Activity log/ }).waitFor()
    expect(await page.getByRole('link', { name: 'Download as CSV' }).count()).toBe(0)
  })
})

describe('an alert', () => {
  test('by webhook shows its secret once; what is wrong is said beside its field', async () => {
    const page = await console.signedIn('analyst', { at: '/settings/alerts' })
    await page.getByText('There is no alert yet.').waitFor()
    await page.getByRole('button', { name: 'Add alert' }).click()
    const dialog = page.getByRole('dialog', { name: 'Add alert' })
    await dialog.getByLabel('Name').fill('Slow or failed')
    await dialog.getByRole('checkbox', { name: 'Slow', exact: true }).check()
    await dialog.getByLabel('E-mail addresses').fill('oncall@example.com\nnobody.example.com')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByText('"nobody.example.com" is not a valid e-mail address.').waitFor()
    await dialog.getByRole('radio', { name: 'Webhook' }).check()
    await dialog.getByLabel('URL').fill('example.com/hook')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByText('begins with https://').waitFor()
    await dialog.getByText('After how many minutes?').waitFor()
    await look(page, 'alert-new-light')
    await dialog.getByLabel('URL').fill('https://hooks.example.com/rollcall')
    await dialog.getByLabel('Slower than (minutes)').fill('90')
    await dialog.getByRole('button', { name: 'Save' }).click()
    const once = page.getByRole('dialog', { name: 'Secret of "Slow or failed"' })
    const secret = await once.getByLabel('Secret', { exact: true }).inputValue()
    await look(page, 'alert-secret-light')
    await copied(once)
    await once.getByRole('button', { name: 'Done' }).click()
    expect(secret).toMatch(/^whsec_/)
    await page.getByText('1 h 30 min').waitFor()
    await look(page, 'alert-light')
    await page.getByRole('button', { name: 'Edit' }).click()
    const edit = page.getByRole('dialog', { name: 'Edit alert' })
    expect(await edit.getByLabel('Slower than (minutes)').inputValue()).toBe('90')
    await edit.getByRole('checkbox', { name: 'Enabled' }).uncheck()
    await edit.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('main').getByText('Disabled', { exact: true }).waitFor()
    await choose(page, 'Slow or failed', 'Delete alert')
    await page.getByRole('dialog').getByRole('button', { name: 'Delete alert' }).click()
    await page.getByText('There is no alert yet.').waitFor()
  })

  test('by webhook is tested by one click, and the page says whether the test arrived', async () => {
    let status = 204
    const { url, posts } = await startReceiver((response) => response.writeHead(status).end())
    const { alert } = await administrator.ok<{ alert: { id: string } }>('POST', '/alerts', {
      name: 'Tested',
      events: ['workflow_failed'],
      target: { url },
    })
    const page = await console.signedIn('datagrid_administrator', { at: `/settings/alerts/${alert.id}` })
    await page.getByText('nothing yet').waitFor()
    await page.getByRole('button', { name: 'Send test' }).click()
    await page.getByText('Test: The receiver accepted it.').waitFor()
    await page.getByText('nothing yet').waitFor({ state: 'detached' })
    expect(posts.map(({ body }) => body)).toEqual([expect.stringContaining('"test"')])
    await look(page, 'alert-tested-light')
    status = 400
    await page.getByRole('button', { name: 'Send test' }).click()
    await page.getByText('Test: The receiver accepted it.').waitFor({ state: 'detached' })
    await page.getByText(/^Test: Alert not delivered/).waitFor()
    expect(posts).toHaveLength(2)
    await look(page, 'alert-test-failed-light')
    // An edit leaves it with the key that made it; taken over, it is of the person who edits.
    await page.getByRole('button', { name: 'Edit' }).click()
    const edit = page.getByRole('dialog', { name: 'Edit alert' })
    await edit.getByText(/^It covers what the access of .* includes, also after you edit it\./).waitFor()
    await edit.getByRole('checkbox', { name: 'Take this alert over' }).check()
    await look(page, 'alert-take-over-light')
    await edit.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('main').getByText('You', { exact: true }).waitFor()
    await administrator.ok('DELETE', `/alerts/${alert.id}`)
  })

  test('by e-mail without a mail server is not called enabled, and its test says what to set', async () => {
    const { alert } = await administrator.ok<{ alert: { id: string } }>('POST', '/alerts', {
      name: 'No way out',
      events: ['workflow_failed'],
      target: { to: ['team@example.com'] },
    })
    const page = await console.signedIn('datagrid_administrator', { at: '/settings/alerts' })
    await page
      .getByRole('row', { name: /No way out/ })
      .getByText('Cannot be sent: no mail server')
      .waitFor()
    await page.getByRole('link', { name: 'No way out' }).click()
    await page.getByText('Nothing is sent: Rollcall has no mail server.').waitFor()
    await page.getByRole('button', { name: 'Send test' }).click()
    await page.getByText(/^Test: .*no mail server is set up\. Set ROLLCALL_SMTP_URL/).waitFor()
    expect(await page.getByText('Enabled', { exact: true }).count()).toBe(0)
    await look(page, 'alert-no-mail-server-light')
    await administrator.ok('DELETE', `/alerts/${alert.id}`)
  })
})

describe('the profile', () => {
  test('changes the password, says its rules first, and ends another sign-in', async () => {
    const page = await console.open()
    const person = await console.makeUser('analyst')
    await signIn(page, person)
    await page.getByRole('heading', { name: 'Choose a password' }).waitFor()
    await page.getByText('12 to 200 characters').waitFor()
    await choosePassword(page, person.password)
    const own = `${person.password} of my own`
    const other = await console.open()
    await signIn(other, { ...person, password: own })
    await other.getByRole('heading', { name: 'Overview' }).waitFor()

    await page.goto('/settings/profile')
    const signIns = page.getByRole('table', { name: 'Where you are signed in' })
    await signIns.getByText('You are here').waitFor()
    await look(page, 'profile-light')
    // Of what is read again the row may go first: it is said all the same.
    const isGone = signIns.getByRole('button').waitFor({ state: 'detached' })
    await page.route('**/api/v1/me', (route) => isGone.then(() => route.continue()))
    await signIns.getByRole('button', { name: /^End the sign-in of Chrome/ }).click()
    await page.getByText('is signed out.').waitFor()
    expect(await signIns.getByRole('button').count()).toBe(0)
    await page.unroute('**/api/v1/me')
    await other.goto('/workflows')
    await other.waitForURL('**/sign-in?next=*')

    await page.getByRole('button', { name: 'Change password' }).click()
    const dialog = page.getByRole('dialog', { name: 'Change password' })
    await dialog.getByText('12 to 200 characters').waitFor()
    await dialog.getByLabel('Current password', { exact: true }).fill('not this one, surely')
    await dialog.getByLabel('New password', { exact: true }).fill('another one of my own')
    await dialog.getByLabel('New password again', { exact: true }).fill('another one, mistyped')
    await dialog.getByRole('button', { name: 'Change password' }).click()
    await dialog.getByText('The two are not the same.').waitFor()
    await dialog.getByLabel('New password again', { exact: true }).fill('another one of my own')
    await dialog.getByRole('button', { name: 'Change password' }).click()
    await dialog.getByRole('alert').waitFor()
    await dialog.getByLabel('Current password', { exact: true }).fill(own)
    await dialog.getByRole('button', { name: 'Change password' }).click()
    await page.getByText('Your password is changed.').waitFor()
  })

  test('chooses the colours', async () => {
    const page = await console.signedIn('analyst', { at: '/settings/profile' })
    await page.getByRole('radio', { name: 'Dark' }).check()
    await page.locator('html[data-mantine-color-scheme=dark]').waitFor()
    await page.reload()
    expect(await page.getByRole('radio', { name: 'Dark' }).isChecked()).toBe(true)
  })

  test.each([
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36 Edg/139.0.0.0',
      'Edge on Windows',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1',
      'Safari on iPhone',
    ],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0', 'Firefox on Linux'],
    ['curl/8.5.0', 'curl/8.5.0'],
    [null, 'Unknown device'],
  ])('says a device in plain words: %s', (userAgent, words) => {
    expect(deviceWords(userAgent)).toBe(words)
  })
})

test('who may less sees fewer tabs, begins at the first of them, and is told why the others are closed', async () => {
  const page = await console.signedIn('marketer_read_only')
  await page.getByRole('link', { name: 'Settings', exact: true }).click()
  await page.waitForURL('**/settings/alerts')
  const tabs = page.getByRole('navigation', { name: 'Settings' }).getByRole('link')
  expect(await tabs.allInnerTexts()).toEqual(['Alerts', 'Profile'])
  await page.getByText('There is no alert yet.').waitFor()
  expect(await page.getByRole('button', { name: 'Add alert' }).count()).toBe(0)
  await page.goto('/settings/users')
  await page.getByText('Your policies do not allow this.').waitFor()
})
