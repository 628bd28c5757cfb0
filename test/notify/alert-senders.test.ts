import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { sendEmail, sendWebhook as send, smtpSettings } from '../../src/notify/alert-senders.ts'
import type { Webhook } from '../../src/notify/alert-senders.ts'
import { isRollcallError } from '../../src/base/rollcall-error.ts'
import type { RollcallError } from '../../src/base/rollcall-error.ts'
import { lookupOpen, webhookHosts } from '../../src/notify/webhook-hosts.ts'
import { startProxy } from '../support/proxy.ts'
import { isSigned, startMail, startReceiver, startSilent } from './receivers.ts'

const HERE = webhookHosts('127.0.0.1 localhost nowhere.invalid')

function sendWebhook(url: string, secret: string, webhook: Webhook, timeoutMs: number): Promise<void> {
  return send(url, secret, webhook, { timeoutMs, hosts: HERE, env: {} })
}

function listing(listed: string) {
  return { timeoutMs: PATIENT_MS, hosts: webhookHosts(listed), env: {} }
}

const SECRET = 'whsec_of-the-tests-only'
const FROM = 'Rollcall <alerts@example.com>'
const PATIENT_MS = 10_000
const QUICK_MS = 100
/** In which an answer begins on a busy machine too. */
const ANSWER_MS = 3_000

const email = {
  id: 'workflow_failed.wf_1.1764000000000.al_1',
  to: ['ann@example.com', 'bob@example.org'],
  subject: '[Rollcall] Failed: Loyal customers → Pinterest',
  text: 'Failed: Loyal customers → Pinterest\n\nCause: x\n',
}

async function failureOf(work: Promise<unknown>): Promise<RollcallError> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!isRollcallError(error)) throw new Error(`not an error of the catalogue: ${String(error)}`)
  return error
}

/** A port on which nothing listens. */
async function closedPort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

describe('the address of a mail server', () => {
  test('gives host, port, user and password', () => {
    expect(smtpSettings('smtps://robot:p%40ss%3Aword@mail.example.com', FROM)).toEqual({
      host: 'mail.example.com',
      port: 465,
      secure: true,
      auth: { user: 'robot', pass: 'p@ss:word' },
      from: FROM,
    })
    expect(smtpSettings('smtp://[::1]:2525/', 'alerts@example.com')).toMatchObject({
      host: '::1',
      port: 2525,
      secure: false,
      auth: null,
    })
    expect(smtpSettings('smtp://mail.example.com', FROM).port).toBe(587)
  })

  test.each([
    'mail.example.com',
    'https://robot:sesame@mail.example.com',
    'smtp://robot:sesame@',
    'smtp://robot:sesame@mail.example.com/path',
    'smtp://robot:sesame@mail.example.com?tls.rejectUnauthorized=false',
    'smtp://robot:sesame%@mail.example.com',
    '',
  ])('"%s" is wrong usage, told without its password', async (url) => {
    const error = await failureOf(Promise.resolve().then(() => smtpSettings(url, FROM)))
    expect(error.code).toBe('wrong_usage')
    expect(inspect(error, { depth: 10 })).not.toMatch(/sesame/)
  })

  test.each(['', 'alerts', 'Rollcall <alerts>', 'a@example.com\r\nBcc: b@example.com'])(
    'the sender "%s" is wrong usage',
    async (from) => {
      const error = await failureOf(Promise.resolve().then(() => smtpSettings('smtp://localhost', from)))
      expect(error.code).toBe('wrong_usage')
    },
  )
})

function settings(port: number, user = '') {
  return smtpSettings(`smtp://${user}127.0.0.1:${port}`, FROM)
}

describe('a message by e-mail', () => {
  test('reaches all recipients, with an id that stays the same', async () => {
    const { port, mails } = await startMail()
    for (let sent = 0; sent < 2; sent += 1)
      expect(await sendEmail(settings(port), email, PATIENT_MS)).toEqual([])
    expect(mails.map(({ from, to, user }) => ({ from, to, user }))).toEqual(
      Array.from({ length: 2 }, () => ({ from: 'alerts@example.com', to: email.to, user: null })),
    )
    const [{ raw } = { raw: '' }] = mails
    expect(raw).toMatch(/^Message-ID: <workflow_failed\.wf_1\.1764000000000\.al_1@example\.com>\r$/m)
    expect(raw).toMatch(/^Auto-Submitted: auto-generated\r$/m)
    expect(raw).toMatch(/^Content-Type: text\/plain; charset=utf-8\r$/m)
    expect(raw).not.toMatch(/html/i)
  })

  test('is sent with user and password, which no error tells', async () => {
    const { port, mails } = await startMail({ authOptional: false })
    await sendEmail(settings(port, 'robot:p%40ss%3Aword@'), email, PATIENT_MS)
    expect(mails[0]?.user).toBe('robot')
    const error = await failureOf(sendEmail(settings(port, 'robot:sesame@'), email, PATIENT_MS))
    expect(error).toMatchObject({ code: 'alert_not_delivered', passing: false })
    expect(error.message).toMatch(/rejects the user or password \(535\)/)
    expect(inspect(error, { depth: 10, showHidden: true })).not.toMatch(/sesame|c2VzYW1l|ann@/)
    const without = await failureOf(sendEmail(settings(port), email, PATIENT_MS))
    expect(without).toMatchObject({ code: 'alert_not_delivered' })
    expect(mails).toHaveLength(1)
  })

  test('tells which recipients the server refuses while it takes others, and whether for good', async () => {
    const { port, mails } = await startMail({
      onRcptTo: ({ address }, _session, callback) => {
        const responseCode = { a: 0, b: 550, c: 450 }[address.slice(0, 1)] ?? 0
        callback(responseCode === 0 ? null : Object.assign(new Error(`not ${address}`), { responseCode }))
      },
    })
    const all = {
      ...email,
      to: ['Bob@example.org', 'ann@example.com', 'bob2@example.org', 'cleo@EXAMPLE.com'],
    }
    expect(await sendEmail(settings(port), all, PATIENT_MS)).toEqual([
      { recipient: 'bob2@example.org', status: 550, passing: false },
      { recipient: 'cleo@EXAMPLE.com', status: 450, passing: true },
    ])
    expect(mails[0]?.to).toEqual(['Bob@example.org', 'ann@example.com'])
  })

  test('sends nothing when every recipient is refused, and tells of each', async () => {
    const { port, mails } = await startMail({
      onRcptTo: ({ address }, _session, callback) => {
        const responseCode = address.startsWith('bob') ? 452 : 550
        callback(Object.assign(new Error(`no mailbox ${address}`), { responseCode }))
      },
    })
    expect(await sendEmail(settings(port), email, PATIENT_MS)).toEqual([
      { recipient: 'ann@example.com', status: 550, passing: false },
      { recipient: 'bob@example.org', status: 452, passing: true },
    ])
    expect(mails).toEqual([])
  })

  test('fails for now when the server is busy, and for good when it refuses the sender', async () => {
    const busy = Object.assign(new Error('try later'), { responseCode: 451 })
    const { port } = await startMail({
      onData: (stream, _session, callback) => {
        stream.resume().on('end', () => callback(busy))
      },
    })
    const later = await failureOf(sendEmail(settings(port), email, PATIENT_MS))
    expect(later).toMatchObject({ passing: true, message: expect.stringMatching(/\(451\)/) as string })
    const strict = await startMail({
      onMailFrom: (_address, _session, callback) => callback(new Error('not you')),
    })
    const never = await failureOf(sendEmail(settings(strict.port), email, PATIENT_MS))
    expect(never).toMatchObject({
      passing: false,
      message: expect.stringMatching(/refuses the sender/) as string,
    })
  })

  test('is given up when the server says nothing, or nothing more', async () => {
    const mute = await failureOf(sendEmail(settings(await startSilent()), email, QUICK_MS))
    expect(mute).toMatchObject({ code: 'alert_not_delivered', passing: true })
    expect(mute.message).toMatch(/did not answer within/)
    const stuck = await failureOf(
      sendEmail(settings(await startSilent('220 mail.example.com\r\n')), email, QUICK_MS),
    )
    expect(stuck.message).toMatch(/did not answer/)
  })

  test('is given up although the server says something all the time', async () => {
    const port = await startSilent('220 mail.example.com\r\n', (socket) => {
      const timer = setInterval(() => socket.write('250-more\r\n'), 20)
      socket.once('close', () => clearInterval(timer))
    })
    const error = await failureOf(sendEmail(settings(port), email, QUICK_MS))
    expect(error).toMatchObject({ passing: true, message: expect.stringMatching(/did not answer/) as string })
  })

  test('fails when nothing answers, or when it is no mail server', async () => {
    const closed = await failureOf(sendEmail(settings(await closedPort()), email, PATIENT_MS))
    expect(closed).toMatchObject({ passing: true })
    expect(closed.message).toMatch(/cannot be reached: nothing answers at its host and port/)
    const unknown = smtpSettings('smtp://nowhere.invalid', FROM)
    expect((await failureOf(sendEmail(unknown, email, PATIENT_MS))).message).toMatch(
      /its host name is unknown/,
    )
    const web = await startSilent('HTTP/1.1 400 Bad Request\r\n\r\n')
    expect(await failureOf(sendEmail(settings(web), email, PATIENT_MS))).toMatchObject({
      code: 'alert_not_delivered',
    })
  })

  test('never goes through a connection whose certificate is not trusted', async () => {
    const { port, mails } = await startMail({ secure: true })
    const secure = smtpSettings(`smtps://robot:sesame@localhost:${port}`, FROM)
    const error = await failureOf(sendEmail(secure, email, PATIENT_MS))
    expect(error).toMatchObject({ passing: false })
    expect(error.message).toMatch(/certificate is not trusted/)
    const upgraded = await startMail({ disabledCommands: [] })
    const late = await failureOf(sendEmail(settings(upgraded.port), email, PATIENT_MS))
    expect(late.message).toMatch(/certificate is not trusted/)
    expect([...mails, ...upgraded.mails]).toEqual([])
  })

  test('tells no password to another machine without encryption', async () => {
    const users: unknown[] = []
    const { port } = await startMail({
      onAuth: ({ username }, _session, callback) => {
        users.push(username)
        callback(null, { user: username })
      },
    })
    // This machine, by an address that does not look like it.
    const elsewhere = smtpSettings(`smtp://robot:sesame@[::ffff:127.0.0.1]:${port}`, FROM)
    const error = await failureOf(sendEmail(elsewhere, email, PATIENT_MS))
    expect(error.message).toMatch(/no encrypted connection/)
    expect(users).toEqual([])
  })
})

describe('a message by webhook', () => {
  const webhook = {
    id: 'workflow_failed.wf_1.1764000000000',
    body: '{"event":"workflow_failed","title":"→"}',
  }

  test('arrives signed, with its id', async () => {
    const { url, posts } = await startReceiver((response) => response.writeHead(204).end())
    await sendWebhook(url, SECRET, webhook, PATIENT_MS)
    const [post] = posts
    if (post === undefined) throw new Error('nothing arrived')
    expect(post.path).toBe('/hook?team=1')
    expect(post.body).toBe(webhook.body)
    expect(post.headers).toMatchObject({
      'content-type': 'application/json',
      'rollcall-delivery': webhook.id,
      'content-length': String(Buffer.byteLength(webhook.body)),
    })
    expect(isSigned(SECRET, post)).toBe(true)
    expect(isSigned('another secret of theirs', post)).toBe(false)
    expect(isSigned(SECRET, { ...post, body: `${post.body} ` })).toBe(false)
  })

  test.each([
    [500, true, /status 500/],
    [429, true, /status 429/],
    [404, false, /status 404/],
    [302, false, /status 302; redirects are not followed/],
  ])('status %s is a failure (passing: %s)', async (status, passing, words) => {
    const target = await startReceiver((response) => response.end())
    const { url } = await startReceiver((response) =>
      response.writeHead(status, { location: target.url }).end('the text of the answer'),
    )
    const error = await failureOf(sendWebhook(url, SECRET, webhook, PATIENT_MS))
    expect(error).toMatchObject({ code: 'alert_not_delivered', passing })
    expect(error.message).toMatch(words)
    expect(error.message).not.toMatch(/text of the answer/)
    expect(target.posts).toEqual([])
  })

  test('an answer without end is not read to its end', async () => {
    const { url } = await startReceiver((response) => {
      const more = (): void => {
        while (response.write('x'.repeat(65_536)));
      }
      response
        .writeHead(200)
        .on('drain', more)
        .on('error', () => {})
      more()
    })
    await expect(sendWebhook(url, SECRET, webhook, PATIENT_MS)).resolves.toBeUndefined()
  })

  test('an answer that begins well and then hangs is success, no later than the time for it', async () => {
    const { url, posts } = await startReceiver((response) => response.writeHead(200).write('{'))
    await sendWebhook(url, SECRET, webhook, ANSWER_MS)
    expect(posts).toHaveLength(1)
  })

  test('a receiver that hangs, drops the connection, is not there, is none or is not known is told of in one way', async () => {
    const hanging = await startReceiver(() => {})
    const dropping = await startReceiver((response) => response.destroy())
    const urls = [
      hanging.url,
      `http://127.0.0.1:${await startSilent()}/`,
      dropping.url,
      `http://127.0.0.1:${await closedPort()}/`,
      `https://127.0.0.1:${await closedPort()}/`,
      'http://nowhere.invalid/token-in-path',
      `http://127.0.0.1:${await startSilent('\u0000 no HTTP\r\n\r\n')}/`,
      'http://10.1.2.3/',
    ]
    const errors = await Promise.all(
      urls.map((url) => failureOf(sendWebhook(url, SECRET, webhook, QUICK_MS))),
    )
    expect(new Set(errors.map(({ message }) => message)).size).toBe(1)
    expect(errors[0]).toMatchObject({
      code: 'alert_not_delivered',
      passing: true,
      message: expect.stringMatching(/cannot be reached.*ROLLCALL_WEBHOOK_HOSTS/) as string,
    })
    for (const error of errors) expect(inspect(error, { depth: 10 })).not.toMatch(/token-in-path/)
  })

  test.each(
    `127.0.0.1 127.1 2130706433 0x7f000001 0x7f.0.0.1 0177.0.0.1 017700000001 127.0.0.1. 0 0.0.0.0 [::] [::1] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::127.0.0.1] [64:ff9b::7f00:1] [2002:7f00:1::] [::ffff:0:127.0.0.1] localhost LOCALHOST localhost. a.localhost %6cocalhost １２７.0.0.1 169.254.169.254 10.0.0.1 172.16.0.1 192.168.1.1 100.64.0.1 [fe80::1] [fd00:ec2::254] 224.0.0.1 192.0.2.1 intranet metadata.google.internal printer.local`.split(
      ' ',
    ),
  )('to %s goes nowhere unless it is listed', async (host) => {
    const { url, posts } = await startReceiver((response) => response.end())
    const target = url.replace('127.0.0.1', host)
    const closed = { timeoutMs: QUICK_MS, hosts: webhookHosts(''), env: {} }
    const error = await failureOf(send(target, SECRET, webhook, closed))
    expect(error).toMatchObject({ code: 'alert_not_delivered' })
    expect(posts).toEqual([])
  })

  test('goes to a name that is listed, and to an address in a range that is', async () => {
    const { url, posts } = await startReceiver((response) => response.end())
    for (const listed of ['127.0.0.1', '127.0.0.0/8', '10.0.0.0/8, 127.0.0.1'])
      await send(url, SECRET, webhook, listing(listed))
    await send(url.replace('127.0.0.1', 'localhost'), SECRET, webhook, listing('localhost'))
    expect(posts).toHaveLength(4)
  })

  test.each<[string, boolean]>([
    ['', false],
    ['10.0.0.0/8, example.com', false],
    ['127.0.0.0/8 ::1', true],
    ['LOCALHOST.', true],
  ])('connects to what a name leads to only where that is public or listed: "%s"', async (listed, isOpen) => {
    // The system knows this name to be this machine, as any name may say of itself.
    const lookUp = (all: boolean) =>
      new Promise((resolve) => {
        lookupOpen(webhookHosts(listed))('localhost', { all }, (error, found) =>
          resolve(error === null ? found : error.code),
        )
      })
    const [one, every] = [await lookUp(false), await lookUp(true)]
    const here = expect.stringMatching(/^(?:127\.0\.0\.1|::1)$/) as string
    expect(one).toEqual(isOpen ? here : 'ENOTFOUND')
    expect(JSON.stringify(every)).toContain(JSON.stringify(one))
  })

  test('goes through the proxy that the environment names, which looks the name up; a private address does not', async () => {
    const { url, posts } = await startReceiver((response) => response.end())
    const proxy = await startProxy()
    const proxied = {
      ...listing('127.0.0.1'),
      env: { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url },
    }
    await send(url, SECRET, webhook, proxied)
    expect([posts.length, proxy.asked]).toEqual([1, [`POST ${url}`]])
    // Nothing here can look this name up.
    await failureOf(send('https://hooks.example.com/x', SECRET, webhook, proxied))
    expect(proxy.asked).toContain('CONNECT hooks.example.com:443')
    for (const host of '10.0.0.1 169.254.169.254 [::1] localhost intranet localhost.. 10.0.0.1.. kubernetes.default.svc x.localdomain x.corp router.home wiki.intranet x.private. x.svc...'.split(
      ' ',
    ))
      await failureOf(send(`http://${host}/`, SECRET, webhook, proxied))
    expect(proxy.asked).toHaveLength(2)
  })

  test.each(['10.0.0.0/33', 'http://hooks.example.com', 'hooks.example.com:443', '[::1'])(
    '%s in the list of hosts is wrong usage',
    (entry) => {
      expect(() => webhookHosts(`example.com, ${entry}`)).toThrow('ROLLCALL_WEBHOOK_HOSTS holds')
    },
  )

  test('many at once leave no connection open', async () => {
    const { url, posts, drained } = await startReceiver((response) => response.end('ok'))
    await Promise.all(Array.from({ length: 20 }, () => sendWebhook(url, SECRET, webhook, PATIENT_MS)))
    expect(posts).toHaveLength(20)
    await drained()
  })
})
