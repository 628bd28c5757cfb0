import { createServer } from 'node:net'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { Certificate } from './certificate.ts'
import { listening } from './listening.ts'

/** Servers that speak PostgreSQL's protocol as far as to refuse every connection. Each is closed when the test ends. */

/** Answers the first message with an error of this SQLSTATE. Gives its port. */
export async function startRefusing(code: string, message: string): Promise<number> {
  const body = Buffer.from(['SFATAL', 'VFATAL', `C${code}`, `M${message}`, '', ''].join('\0'))
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.length + 4)
  return startAnswering((socket) => void socket.end(Buffer.concat([Buffer.from('E'), length, body])))
}

/** Offers no encryption to who asks for it. Gives its port. */
export async function startUnencrypted(): Promise<number> {
  return startAnswering((socket) => void socket.write('N'))
}

/** Encrypts with this certificate. Gives its port. */
export async function startEncrypted(certificate: Certificate): Promise<number> {
  return startAnswering((socket) => {
    socket.write('S')
    new TLSSocket(socket, { isServer: true, ...certificate }).on('error', () => {})
  })
}

async function startAnswering(answer: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('data', () => answer(socket))
  })
  return listening(server, sockets)
}
