import { createServer, request as requestOver } from 'node:http'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { listening } from './listening.ts'

/** A real proxy on this machine, as a company has one. Closed when the test ends. */
export interface Proxy {
  readonly url: string
  /** What it was asked for, such as `CONNECT api.example.com:443` and `GET http://127.0.0.1:1/`. */
  readonly asked: string[]
}

interface Options {
  /** Where tunnels really lead, whatever host was asked for. */
  readonly tunnelTo?: number
  /** Answers so itself, instead of passing anything on. */
  readonly refuse?: { readonly status: number; readonly page: string }
}

export async function startProxy({ tunnelTo, refuse }: Options = {}): Promise<Proxy> {
  const asked: string[] = []
  const sockets = new Set<Socket>()
  const keep = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
  }
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    if (refuse !== undefined) {
      response.writeHead(refuse.status, { 'content-type': 'text/html' }).end(refuse.page)
      return
    }
    const { method, headers } = request
    const onward = requestOver(request.url ?? '', { method, headers, agent: false }, (got) => {
      response.writeHead(got.statusCode ?? 502, got.headers)
      got.pipe(response)
    })
    onward.on('error', () => response.destroy())
    request.pipe(onward)
  })
  server.on('connection', keep)
  server.on('connect', (request, client: Socket, head) => {
    asked.push(`CONNECT ${request.url}`)
    if (refuse !== undefined) {
      client.end(`HTTP/1.1 ${refuse.status} No\r\ncontent-type: text/html\r\n\r\n${refuse.page}`)
      return
    }
    const [, port = '443'] = (request.url ?? '').split(':')
    const onward = connect(tunnelTo ?? Number(port), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      onward.write(head)
      onward.pipe(client).pipe(onward)
    })
    keep(onward)
    onward.once('close', () => client.destroy())
  })
  return { url: `http://127.0.0.1:${await listening(server, sockets)}`, asked }
}
