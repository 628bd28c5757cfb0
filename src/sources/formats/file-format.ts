import type { FileFormat } from '../source.ts'

const FORMATS = new Map<string, FileFormat>([
  ['csv', 'csv'],
  ['tsv', 'csv'],
  ['txt', 'csv'],
  ['parquet', 'parquet'],
  ['json', 'json'],
  ['jsonl', 'json'],
  ['ndjson', 'json'],
])

/** The format that a file's name promises, `.gz` left aside; null for other endings. */
export function formatOfName(path: string): FileFormat | null {
  return FORMATS.get(endingOf(path)) ?? null
}

/** Whether a file's name says that it is compressed with gzip, in any case. */
export function isCompressed(path: string): boolean {
  return /\.gz$/i.test(path)
}

/** The last ending in lower case, `.gz` left aside: `tsv` of `rows.TSV.gz`. */
export function endingOf(path: string): string {
  return /\.([^./\\]+)(?:\.gz)?$/i.exec(path)?.[1]?.toLowerCase() ?? ''
}

/** The format that the first bytes of a file speak for; CSV when nothing speaks against it. */
export function formatOfBytes(bytes: Buffer): FileFormat {
  if (bytes.subarray(0, 4).toString('latin1') === 'PAR1') return 'parquet'
  return /^(?:\u00ef\u00bb\u00bf)?\s*[[{]/.test(bytes.subarray(0, 1024).toString('latin1')) ? 'json' : 'csv'
}

/** What is wrong with bytes that should be text in UTF-8, or null. */
export function whyNotText(bytes: Buffer): string | null {
  const [first, second, third, fourth] = bytes
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))
    return 'is text in UTF-16. Save it as UTF-8.'
  if (first === 0x1f && second === 0x8b) return 'is compressed. Add .gz to its name.'
  if (first === 0x50 && second === 0x4b && third === 0x03 && fourth === 0x04) {
    return 'is a ZIP archive or a spreadsheet. Save it as CSV in UTF-8.'
  }
  if (bytes.includes(0)) return 'is not a text file: it holds NUL bytes.'
  return null
}
