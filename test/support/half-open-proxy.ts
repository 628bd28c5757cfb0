import { once } from 'node:events'
import { createConnection, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

/** A network between a process and the database that can swallow everything without closing anything. */
export interface HalfOpenProxy {
  /** To be used as DATABASE_URL. */
  readonly url: string
  /**
   * From now on nothing passes in either direction, and nobody is told: on all connections, or on those of one
   * `application_name`, the ones to come included.
   */
  readonly swallow: (applicationName?: string) => void
  /** What the server does once its probes of a swallowed connection find nobody: it drops its side. */
  readonly serverNoticed: () => Promise<void>
  readonly close: () => Promise<void>
}

interface Passage {
  readonly client: Socket
  readonly server: Socket
  /** The first message of the protocol, which names the application. */
  startup: string
}

/** Stands before the database of this address, which must be one of a Unix socket. */
export async function startHalfOpenProxy(databaseUrl: string): Promise<HalfOpenProxy> {
  const target = new URL(databaseUrl)
  const path = `${target.searchParams.get('host')}/.s.PGSQL.${target.searchParams.get('port')}`
  const passages = new Set<Passage>()
  const swallowed = new Set<string>()
  const isSwallowed = ({ startup }: Passage): boolean =>
    [...swallowed].some((name) => startup.includes(`application_name\0${name}\0`) || name === '')

  const listener = createServer({ allowHalfOpen: true }, (client) => {
    const server = createConnection({ path, allowHalfOpen: true })
    const passage: Passage = { client, server, startup: '' }
    passages.add(passage)
    pass(passage, client, server, isSwallowed)
    pass(passage, server, client, isSwallowed)
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  const { user, password } = Object.fromEntries(target.searchParams)
  return {
    url: `postgres://${user}:${password}@127.0.0.1:${port}${target.pathname}`,
    swallow: (applicationName = '') => {
      swallowed.add(applicationName)
    },
    serverNoticed: async () => {
      await Promise.all([...passages].filter(isSwallowed).map(async ({ server }) => closed(server)))
    },
    close: async () => {
      listener.close()
      await Promise.all([...passages].flatMap(({ client, server }) => [closed(client), closed(server)]))
    },
  }
}

function pass(passage: Passage, from: Socket, to: Socket, isSwallowed: (passage: Passage) => boolean): void {
  from.on('data', (bytes) => {
    if (from === passage.client && passage.startup === '') passage.startup = bytes.toString('latin1')
    if (!isSwallowed(passage)) to.write(bytes)
  })
  from.on('end', () => {
    if (!isSwallowed(passage)) to.end()
  })
  from.on('error', () => {})
  from.on('close', () => {
    if (!isSwallowed(passage)) to.destroy()
  })
}

async function closed(socket: Socket): Promise<void> {
  if (socket.closed) return
  const end = once(socket, 'close')
  socket.destroy()
  await end
}
