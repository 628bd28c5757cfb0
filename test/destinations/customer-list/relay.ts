import { once } from 'node:events'
import { createConnection, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

/** The way of one process to the simulator, to tell its requests from those of others. */
export interface Relay {
  /** To be used as ROLLCALL_PINTEREST_API. */
  readonly url: string
  /** How many requests that change lists or audiences came by. */
  readonly writes: () => number
  readonly close: () => Promise<void>
}

const WRITE = /^(?:PATCH|POST) \/v5\/ad_accounts\//

export async function startRelay(simulatorPort: number): Promise<Relay> {
  let writes = 0
  const sockets = new Set<Socket>()
  const listener = createServer((client) => {
    const server = createConnection(simulatorPort, '127.0.0.1')
    client.on('data', (bytes) => {
      if (WRITE.test(bytes.toString('latin1', 0, 40))) writes += 1
    })
    client.pipe(server).pipe(client)
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/v5`,
    writes: () => writes,
    close: async () => {
      const closed = once(listener, 'close')
      listener.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
