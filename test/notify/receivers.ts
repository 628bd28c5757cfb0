import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { SMTPServer } from 'smtp-server'
import type { SMTPServerOptions } from 'smtp-server'
import { onTestFinished } from 'vitest'

/** Real receivers of alerts, closed when the test ends. */

export interface Post {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** An HTTP server that keeps what it is sent, and answers as the test says. */
export async function startReceiver(
  answer: (response: ServerResponse, nth: number) => void,
): Promise<{ url: string; posts: Post[]; drained: () => Promise<void> }> {
  const posts: Post[] = []
  const sockets = new Set<Socket>()
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await text(request)
    posts.push({ path: request.url ?? '', headers: request.headers as Record<string, string>, body })
    answer(response, posts.length - 1)
  }
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy())
  })
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => {
      sockets.delete(socket)
      server.emit('gone')
    })
  })
  // Long enough that only the sender can be the one who closes a connection.
  server.keepAliveTimeout = 120_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?team=1`
  const drained = async (): Promise<void> => {
    while (sockets.size > 0) await once(server, 'gone')
  }
  return { url, posts, drained }
}

/** What a receiver does with the signature of a webhook: nothing of ours is used. */
export function isSigned(secret: string, { headers, body }: Post, nowMs = Date.now()): boolean {
  const found = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(headers['rollcall-signature'] ?? '')
  if (found === null || Math.abs(nowMs / 1000 - Number(found[1])) > 300) return false
  return createHmac('sha256', secret).update(`${found[1]}.${body}`).digest('hex') === found[2]
}

export interface Mail {
  readonly from: string
  readonly to: readonly string[]
  readonly user: string | null
  /** As it came over the wire. */
  readonly raw: string
}

/** A mail server that takes what the options do not refuse. Without encryption, unless they say so. */
export async function startMail(options: SMTPServerOptions = {}): Promise<{ port: number; mails: Mail[] }> {
  const mails: Mail[] = []
  const server = new SMTPServer({
    logger: false,
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    authOptional: true,
    disableReverseLookup: true,
    closeTimeout: 1,
    onAuth: ({ username, password }, _session, callback) => {
      if (username === 'robot' && password === 'p@ss:word') callback(null, { user: username })
      else callback(new Error(`no such password: ${password}`))
    },
    onData: (stream, { envelope, user }, callback) => {
      const { mailFrom, rcptTo } = envelope
      const from = mailFrom === false ? '' : mailFrom.address
      const to = rcptTo.map(({ address }) => address)
      let raw = ''
      stream.setEncoding('utf8').on('data', (piece: string) => (raw += piece))
      stream.on('end', () => {
        mails.push({ from, to, user: (user as string | undefined) ?? null, raw })
        callback()
      })
    },
    ...options,
  })
  server.on('error', () => {})
  const listener = server.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  onTestFinished(async () => {
    await new Promise<void>((resolve) => server.close(resolve))
  })
  return { port: (listener.address() as AddressInfo).port, mails }
}

/** A server that says this to whoever connects, and then nothing. */
export async function startSilent(
  greeting = '',
  onData: (socket: Socket) => void = () => {},
): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('data', () => onData(socket)).resume()
    socket.write(greeting)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return (server.address() as AddressInfo).port
}
