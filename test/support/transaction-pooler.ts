import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { Client } from 'pg'

/** A pooler that lends its few sessions to users for a transaction each, as pgbouncer does in transaction mode. */
export interface TransactionPooler {
  /** To be used as DATABASE_URL. */
  readonly url: string
  readonly close: () => Promise<void>
}

const SSL_REQUEST = 80_877_103
/** The user is let in, and may ask. */
const WELCOME = Buffer.concat([
  Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0]),
  Buffer.from([0x5a, 0, 0, 0, 5, 0x49]),
])
const READY = 0x5a
const IDLE = 0x49
const FAREWELL = 0x58
const HEADER_BYTES = 5

/** Stands before the database of this address, with so many sessions. The one that was given back last is lent first. */
export async function startTransactionPooler(databaseUrl: string, sessions = 3): Promise<TransactionPooler> {
  const clients = await Promise.all(
    Array.from({ length: sessions }, async () => {
      const client = new Client({ connectionString: databaseUrl })
      client.on('error', () => {})
      await client.connect()
      client.connection.stream.removeAllListeners('data')
      return client
    }),
  )
  const idle = clients.map(({ connection }) => connection.stream as Socket)
  const waiting: ((session: Socket) => void)[] = []
  const borrow = async (): Promise<Socket> =>
    idle.pop() ?? new Promise<Socket>((resolve) => waiting.push(resolve))
  const giveBack = (session: Socket): void => {
    const next = waiting.shift()
    if (next === undefined) idle.push(session)
    else next(session)
  }
  const users = new Set<Socket>()
  const listener = createServer((user) => {
    users.add(user)
    user.on('error', () => {})
    void serve(user, borrow, giveBack)
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  return {
    url: `postgres://anybody:anything@127.0.0.1:${port}/anything`,
    close: async () => {
      listener.close()
      for (const socket of users) socket.destroy()
      for (const { connection } of clients) connection.stream.destroy()
    },
  }
}

async function serve(
  user: Socket,
  borrow: () => Promise<Socket>,
  giveBack: (session: Socket) => void,
): Promise<void> {
  let isIn = false
  let session: Socket | null = null
  for await (const piece of user as AsyncIterable<Buffer>) {
    if (!isIn) {
      const isSsl = piece.readInt32BE(4) === SSL_REQUEST
      user.write(isSsl ? 'N' : WELCOME)
      isIn = !isSsl
      continue
    }
    if (piece[0] === FAREWELL) break
    if (session === null) {
      const lent = await borrow()
      session = lent
      let bytes = Buffer.alloc(0)
      const answer = (part: Buffer): void => {
        user.write(part)
        bytes = Buffer.concat([bytes, part])
        while (bytes.length > HEADER_BYTES && bytes.length > bytes.readInt32BE(1)) {
          const isOver = bytes[0] === READY && bytes[HEADER_BYTES] === IDLE
          bytes = bytes.subarray(1 + bytes.readInt32BE(1))
          if (!isOver) continue
          lent.off('data', answer)
          session = null
          giveBack(lent)
        }
      }
      lent.on('data', answer)
    }
    session.write(piece)
  }
  user.destroy()
}
