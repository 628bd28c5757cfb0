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
/** An error with the code 08P01, as pgbouncer answers where it takes single statements only. */
const REFUSAL = Buffer.concat([
  Buffer.from([0x45, 0, 0, 0, 12, 0x43]),
  Buffer.from('08P01\0\0'),
  Buffer.from([0x5a, 0, 0, 0, 5, 0x49]),
])
const BEGIN = 'begin\0'
const NOTIFICATION = 0x41
const READY = 0x5a
const IDLE = 0x49
const FAREWELL = 0x58
const HEADER_BYTES = 5

export interface PoolerOptions {
  /** Lends a session for as long as its user stays, as in session mode. */
  readonly staysLent?: boolean
  /** Whom a notification of the server is passed on to: the user of the session, every user, or none at all. */
  readonly notify?: 'user' | 'all' | 'none'
  /** The session that was given back first is lent first, and not the last one. */
  readonly takesTurns?: boolean
  /** Takes single statements only, as in statement mode. */
  readonly refusesBegin?: boolean
}

/** Stands before the database of this address, with so many sessions. */
export async function startTransactionPooler(
  databaseUrl: string,
  sessions = 3,
  { staysLent = false, notify = 'user', takesTurns = false, refusesBegin = false }: PoolerOptions = {},
): Promise<TransactionPooler> {
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
    (takesTurns ? idle.shift() : idle.pop()) ?? new Promise<Socket>((resolve) => waiting.push(resolve))
  const giveBack = (session: Socket): void => {
    const next = waiting.shift()
    if (next === undefined) idle.push(session)
    else next(session)
  }
  const users = new Set<Socket>()
  const listener = createServer((user) => {
    users.add(user)
    user.on('error', () => {})
    const told = { user: [user], all: users, none: [] }[notify]
    void serve(user, borrow, { giveBack, staysLent, refusesBegin, told })
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
  lending: {
    readonly giveBack: (session: Socket) => void
    readonly staysLent: boolean
    readonly refusesBegin: boolean
    readonly told: Iterable<Socket>
  },
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
    if (lending.refusesBegin && piece.toString('latin1').endsWith(BEGIN)) {
      user.write(REFUSAL)
      continue
    }
    if (session === null) {
      const lent = await borrow()
      session = lent
      let bytes = Buffer.alloc(0)
      const answer = (part: Buffer): void => {
        bytes = Buffer.concat([bytes, part])
        while (bytes.length > HEADER_BYTES && bytes.length > bytes.readInt32BE(1)) {
          const isOver = bytes[0] === READY && bytes[HEADER_BYTES] === IDLE
          const message = bytes.subarray(0, 1 + bytes.readInt32BE(1))
          bytes = bytes.subarray(message.length)
          for (const socket of message[0] === NOTIFICATION ? lending.told : [user]) socket.write(message)
          if (!isOver || lending.staysLent) continue
          lent.off('data', answer)
          session = null
          lending.giveBack(lent)
        }
      }
      lent.on('data', answer)
    }
    session.write(piece)
  }
  user.destroy()
}
