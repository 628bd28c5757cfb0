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
  const users = new Set<User>()
  const waiting: ((session: Session) => void)[] = []
  const idle = clients.map(({ connection }) => new Session(connection.stream as Socket))
  for (const session of idle)
    session.onMessage((message, isOver) => {
      const { user } = session
      const told = { user: user === null ? [] : [user], all: users, none: [] }[notify]
      const to = message[0] === NOTIFICATION ? told : [user]
      for (const one of to) one?.socket.write(message)
      if (!isOver || staysLent || user === null) return
      session.user = null
      user.session = null
      const next = waiting.shift()
      if (next === undefined) idle.push(session)
      else next(session)
    })
  const borrow = async (): Promise<Session> =>
    (takesTurns ? idle.shift() : idle.pop()) ?? new Promise<Session>((resolve) => waiting.push(resolve))
  const listener = createServer((socket) => {
    const user: User = { socket, session: null }
    users.add(user)
    socket.on('error', () => {})
    void serve(user, borrow, refusesBegin)
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  return {
    url: `postgres://anybody:anything@127.0.0.1:${port}/anything`,
    close: async () => {
      listener.close()
      for (const { socket } of users) socket.destroy()
      for (const { connection } of clients) connection.stream.destroy()
    },
  }
}

interface User {
  readonly socket: Socket
  session: Session | null
}

/** A session of the server, and who has it now. */
class Session {
  user: User | null = null
  readonly socket: Socket

  constructor(socket: Socket) {
    this.socket = socket
  }

  /** Tells of each message of the server, and whether a transaction is over with it. */
  onMessage(tell: (message: Buffer, isOver: boolean) => void): void {
    let bytes = Buffer.alloc(0)
    this.socket.on('data', (part: Buffer) => {
      bytes = Buffer.concat([bytes, part])
      while (bytes.length > HEADER_BYTES - 1 && bytes.length > bytes.readInt32BE(1)) {
        const message = bytes.subarray(0, 1 + bytes.readInt32BE(1))
        bytes = bytes.subarray(message.length)
        tell(message, message[0] === READY && message[HEADER_BYTES] === IDLE)
      }
    })
  }
}

async function serve(user: User, borrow: () => Promise<Session>, refusesBegin: boolean): Promise<void> {
  let isIn = false
  for await (const piece of user.socket as AsyncIterable<Buffer>) {
    if (!isIn) {
      const isSsl = piece.readInt32BE(4) === SSL_REQUEST
      user.socket.write(isSsl ? 'N' : WELCOME)
      isIn = !isSsl
      continue
    }
    if (piece[0] === FAREWELL) break
    if (refusesBegin && piece.toString('latin1').endsWith(BEGIN)) {
      user.socket.write(REFUSAL)
      continue
    }
    if (user.session === null) {
      const session = await borrow()
      session.user = user
      user.session = session
    }
    user.session.socket.write(piece)
  }
  user.socket.destroy()
}
