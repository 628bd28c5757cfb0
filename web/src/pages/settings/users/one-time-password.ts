/** 32 characters that are not mistaken for each other, so that five bits of a byte choose one without favour. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789'
const GROUPS = 4
const GROUP_CHARS = 5

/** 100 random bits, in groups that can be read to someone: "k3v9m-…". */
export function newOneTimePassword(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(GROUPS * GROUP_CHARS))
  const text = Array.from(bytes, (byte) => ALPHABET.charAt(byte % ALPHABET.length)).join('')
  return Array.from({ length: GROUPS }, (_, group) =>
    text.slice(group * GROUP_CHARS, (group + 1) * GROUP_CHARS),
  ).join('-')
}
