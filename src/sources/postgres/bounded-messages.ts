import type { Socket } from 'node:net'
import type { Client } from 'pg'

/**
 * The driver keeps a message of the server in memory until it is whole, and one can be as long as a value: an error that quotes a
 * value of 1 GB is one. What Rollcall asks for is never near this; rows that are copied are read in pieces, past this.
 */
const MESSAGE_BYTES_MAX = 16 * 2 ** 20

const HEADER_BYTES = 5

/** The server began a message that is longer than any it is asked for. */
export class MessageTooLong extends Error {
  constructor() {
    super(`a message of the database is longer than ${MESSAGE_BYTES_MAX / 2 ** 20} MiB`)
    this.name = 'MessageTooLong'
  }
}

interface Connection {
  readonly attachListeners: (stream: Socket) => void
}

/** Ends a client's connection with `MessageTooLong` at the header of such a message, before it is received. */
export function boundMessages(client: Client): void {
  const { connection } = client as unknown as { connection: Connection }
  const { attachListeners } = connection
  Object.assign(connection, {
    attachListeners: (stream: Socket) => {
      attachListeners.call(connection, stream)
      const [receive, ...others] = stream.listeners('data') as ((bytes: Buffer) => void)[]
      if (receive === undefined || others.length > 0) throw new TypeError('the driver reads differently')
      const check = headerCheck()
      // One listener, as before: reading by COPY takes it away while it reads the connection itself, between two messages.
      stream.off('data', receive)
      stream.on('data', (bytes: Buffer) => {
        if (check(bytes)) receive(bytes)
        else stream.destroy(new MessageTooLong())
      })
    },
  })
}

/** Follows the messages through the pieces in which they come; false at one that is too long. */
function headerCheck(): (bytes: Buffer) => boolean {
  let header = Buffer.alloc(0)
  let left = 0
  return (bytes) => {
    let at = 0
    while (at < bytes.length) {
      if (left > 0) {
        const taken = Math.min(left, bytes.length - at)
        left -= taken
        at += taken
        continue
      }
      const wanted = bytes.subarray(at, at + HEADER_BYTES - header.length)
      header = Buffer.concat([header, wanted])
      at += wanted.length
      if (header.length < HEADER_BYTES) return true
      // The length counts itself, and not the letter before it.
      const length = header.readUInt32BE(1)
      if (length > MESSAGE_BYTES_MAX) return false
      left = length - (HEADER_BYTES - 1)
      header = Buffer.alloc(0)
    }
    return true
  }
}
