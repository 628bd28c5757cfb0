import { hash, randomBytes } from 'node:crypto'

const SECRET_BYTES = 32

/** 256 random bits as text. No one guesses it, so a plain digest of it is safe to store. */
export function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url')
}

/** What is stored of a token, and what it is looked up by. */
export function digestOf(token: string): string {
  return hash('sha256', token, 'base64url')
}
