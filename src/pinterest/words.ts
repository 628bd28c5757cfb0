/** A span of time for a message: `0.05 s`, `60 s`, `12 min`, `18 h 39 min`. */
export function secondsInWords(ms: number): string {
  const seconds = ms / 1000
  if (seconds < 120) return `${seconds < 10 ? Number(seconds.toFixed(2)) : Math.round(seconds)} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 120) return `${minutes} min`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

const MESSAGE_CHARS_MAX = 300

/**
 * A text of Pinterest made fit to show: no address, hash or token that it may quote, no control characters,
 * at most 300 characters.
 */
export function redact(text: string): string {
  const plain = text
    .slice(0, 4000)
    .replaceAll(/[\p{C}\s]+/gu, ' ')
    .replaceAll(/\S*@\S*/g, '[…]')
    .replaceAll(/\b(?:pin[a-z]_|pinr\.|bearer |basic )\S+/gi, '[…]')
    .replaceAll(/\b(?=\d*[a-f])[0-9a-f]{16,}/gi, '[…]')
    .replaceAll(/[\w+/=~-]{32,}/g, '[…]')
    .trim()
  return plain.length <= MESSAGE_CHARS_MAX ? plain : `${plain.slice(0, MESSAGE_CHARS_MAX - 1)}…`
}
