import { pino } from 'pino'
import type { DestinationStream, Logger } from 'pino'

export type Log = Logger

/** Names under which a secret could come by mistake; their values are never written. */
const SECRET_NAMES = [
  'password',
  'appSecret',
  'refreshToken',
  'accessToken',
  'token',
  'secret',
  'authorization',
  'cookie',
  'url',
]

/** JSON lines on stderr for the people who run the service. Nothing of a request's query or body is ever logged. */
export function createLog(level: string, stream: DestinationStream = process.stderr): Log {
  const paths = SECRET_NAMES.flatMap((name) => [name, `*.${name}`])
  return pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths, censor: '[redacted]' },
    },
    stream,
  )
}
