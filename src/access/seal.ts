import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto'
import { RollcallError } from '../base/rollcall-error.ts'

/** Where a sealed text belongs. It opens nowhere else. */
export interface Place {
  readonly table: string
  readonly id: string
}

export interface Sealer {
  readonly seal: (text: string, place: Place) => string
  /** Error `secret_key_wrong` when it was sealed with another key, for another place, or has been changed. */
  readonly open: (sealed: string, place: Place) => string
  /** The ids of the keys with which it can open. */
  readonly readableKeys: readonly string[]
  /** A digest that only the holder of the key can make; the same text gives the same one. */
  readonly digest: (text: string) => string
}

/** Begins every sealed text; its key's id comes next. */
export const SEALED_VERSION = 'v1'
const NONCE_BYTES = 12
const TAG_BYTES = 16

/**
 * AES-256-GCM envelopes `v1.<key id>.<nonce, cipher text and tag>`. The place is associated data, so that a sealed
 * text that is pasted into another row does not open there.
 */
export function createSealer(key: Buffer): Sealer {
  const keyId = createHash('sha256').update('rollcall key id').update(key).digest('base64url').slice(0, 8)
  const digestKey = createHmac('sha256', key).update('rollcall digest').digest()
  const associated = (place: Place): Buffer =>
    Buffer.from(JSON.stringify([SEALED_VERSION, keyId, place.table, place.id]))
  return {
    seal: (text, place) => {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(associated(place))
      const body = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
      return `${SEALED_VERSION}.${keyId}.${body.toString('base64url')}`
    },
    open: (sealed, place) => {
      const prefix = `${SEALED_VERSION}.${keyId}.`
      if (!sealed.startsWith(prefix)) {
        throw new RollcallError('secret_key_wrong', { detail: 'a stored secret was sealed with another key' })
      }
      const body = sealed.slice(prefix.length)
      const bytes = Buffer.from(body, 'base64url')
      try {
        // The decoder passes over what is no base64, so that other texts would open too.
        if (bytes.toString('base64url') !== body) throw new Error('not as it was written')
        const nonce = bytes.subarray(0, NONCE_BYTES)
        const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
          .setAAD(associated(place))
          .setAuthTag(bytes.subarray(-TAG_BYTES))
        const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES), undefined, 'utf8')
        return text + decipher.final('utf8')
      } catch (error) {
        const detail = 'a stored secret cannot be opened: it was changed or moved'
        throw new RollcallError('secret_key_wrong', { detail }, { cause: error })
      }
    },
    readableKeys: [keyId],
    digest: (text) => createHmac('sha256', digestKey).update(text).digest('base64url'),
  }
}
