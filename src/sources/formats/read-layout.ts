import { isUtf8 } from 'node:buffer'
import { isDataName } from '../../members/mask-rows.ts'
import {
  emailIndexIn,
  findEmailColumn,
  isEmailName,
  isFirstRow,
  missingEmailColumn,
} from '../email-column.ts'
import type { FileFormat } from '../source.ts'
import { lineOfNames, preambleOf, readHeader } from './csv-header.ts'
import type { FoundFile } from '../source.ts'
import { badFile, damaged, mixedLineEnds } from './errors.ts'
import { endingOf, formatOfBytes, formatOfName, isCompressed, whyNotText } from './file-format.ts'
import { JsonKeyReader } from './json-keys.ts'
import { checkParquet } from './parquet-check.ts'
import { readHead } from './read-head.ts'

/** How one file is to be read. */
export interface Layout {
  readonly format: FileFormat
  readonly delimiter: string
  readonly columns: readonly string[]
  /** CSV: lines above the header. */
  readonly linesAbove: number
  readonly emailIndex: number | null
}

export interface LayoutOptions {
  readonly emailColumn: string
  /** A query may choose another column, so that a file without the e-mail column is no error yet. */
  readonly hasQuery: boolean
  readonly bytesMax: number
  readonly signal: AbortSignal
}

const SNIFF_BYTES = 1024
const SNIFFED_FOR_NAMES_BYTES = 64 * 1024

/**
 * Format, delimiter and columns of a file, from its name and its first rows. Columns of Parquet are left to the engine. Null for a file
 * with nothing in it, neither rows nor names, as an empty export is.
 */
export async function readLayout(file: FoundFile, options: LayoutOptions): Promise<Layout | null> {
  const format = formatOfName(file.path) ?? (await sniff(file, options))
  // What is compressed is never so short, and Parquet neither.
  if (format !== 'parquet' && file.bytes === 0 && !isCompressed(file.path)) return null
  if (format === 'csv') return csvLayout(file, options)
  if (format === 'json') return jsonLayout(file, options)
  if (isCompressed(file.path)) throw badFile(file.name, 'is a compressed Parquet file. Unpack it first.')
  await checkParquet(file)
  return { format, delimiter: '', columns: [], linesAbove: 0, emailIndex: null }
}

async function sniff(file: FoundFile, { signal }: LayoutOptions): Promise<FileFormat> {
  const head = await readHead(file, { bytesMax: SNIFF_BYTES, signal, enough: () => true })
  return formatOfBytes(head.bytes)
}

async function csvLayout(file: FoundFile, options: LayoutOptions): Promise<Layout | null> {
  const { bytesMax, signal, emailColumn } = options
  const read = (text: Buffer, whole: boolean) => {
    const above = preambleOf(text)
    const delimiter = above.delimiter ?? (endingOf(file.path) === 'tsv' ? '\t' : null)
    const rest = text.subarray(above.bytes)
    return { above, rest, header: readHeader(rest, { whole, delimiter, wanted: emailColumn }) }
  }
  const enough = (bytes: Buffer) =>
    whyNotText(bytes) !== null || read(withoutBom(bytes), false).header !== 'open'
  const head = await readHead(file, { bytesMax, signal, enough })
  const { above, rest, header } = read(textOf(file, head.bytes), head.whole)
  if (head.whole && rest.toString('latin1').trim() === '') return null
  if (header === 'open') throw headerTooLong(file, head.whole, bytesMax)
  if (header === 'malformed')
    throw badFile(file.name, 'has text after a closing quotation mark in its header line. Correct that line.')
  checkUtf8(file, rest.subarray(0, header.bytes))
  if (header.endedIn !== null && above.lineEnds.union(new Set([header.endedIn])).size > 1)
    throw mixedLineEnds(file.name, above.lines + 1)
  if (!header.columns.some((name) => isEmailName(name, emailColumn)))
    refuseTitle(file, rest, above.lines, options)
  // Without its line of names, every row would go by what its first one holds.
  const hasQuery = options.hasQuery && !isFirstRow(header.columns, emailColumn)
  const emailIndex = emailIndexOf(header.columns, file, { ...options, hasQuery })
  const { delimiter, columns } = header
  return { format: 'csv', delimiter, columns, linesAbove: above.lines, emailIndex }
}

/** A title is not taken for names: with a query nothing else would tell. */
function refuseTitle(file: FoundFile, rest: Buffer, linesAbove: number, options: LayoutOptions): void {
  const { emailColumn, hasQuery } = options
  const names = { wanted: emailColumn, mayBeEqual: !hasQuery, isData: isDataName }
  const line = lineOfNames(rest.subarray(0, SNIFFED_FOR_NAMES_BYTES).toString('utf8'), names)
  if (line === null) return
  throw missingEmailColumn(
    emailColumn,
    `"${file.name}" has text above its header line: the column names, including "${emailColumn}", are in line ${linesAbove + line}. Delete the lines above it.`,
  )
}

/** With a query, what is missing matters only if the query reads it. */
function emailIndexOf(
  columns: readonly string[],
  { name }: FoundFile,
  { emailColumn, hasQuery }: LayoutOptions,
): number | null {
  return hasQuery ? emailIndexIn(columns, emailColumn) : findEmailColumn(columns, emailColumn, `"${name}"`)
}

async function jsonLayout(file: FoundFile, options: LayoutOptions): Promise<Layout | null> {
  const { bytesMax, signal, emailColumn } = options
  const reader = new JsonKeyReader()
  // The key may be left out where there is no address, so objects are read until one has it.
  const enough = (bytes: Buffer) => {
    if (whyNotText(bytes) !== null) return true
    const found = reader.read(withoutBom(bytes), false)
    if (found.kind === 'damaged') return true
    return found.kind === 'keys' && found.keys.some((key) => isEmailName(key, emailColumn))
  }
  const head = await readHead(file, { bytesMax, signal, enough })
  const found = reader.read(textOf(file, head.bytes), head.whole)
  if (found.kind === 'damaged') throw damaged(file.name, found.what)
  if (found.kind === 'broken')
    throw badFile(file.name, 'is not JSON in the expected form: objects, one per line or in one array.')
  if (found.kind === 'incomplete')
    throw badFile(file.name, `holds an object larger than ${bytesMax.toLocaleString('en-US')} bytes.`)
  if (found.kind === 'nothing') return null
  const emailIndex = emailIndexOf(found.keys, file, options)
  return { format: 'json', delimiter: '', columns: found.keys, linesAbove: 0, emailIndex }
}

function headerTooLong(file: FoundFile, whole: boolean, bytesMax: number) {
  if (whole) return badFile(file.name, 'has an unclosed quotation mark in its first line.')
  return badFile(
    file.name,
    `has a first line longer than ${bytesMax.toLocaleString('en-US')} bytes (limit fieldBytesMax), or an unclosed quotation mark in it.`,
  )
}

function textOf(file: FoundFile, bytes: Buffer): Buffer {
  const fault = whyNotText(bytes)
  if (fault !== null) throw badFile(file.name, fault)
  return withoutBom(bytes)
}

function withoutBom(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes
}

function checkUtf8(file: FoundFile, bytes: Buffer): void {
  if (!isUtf8(bytes))
    throw badFile(file.name, 'is not UTF-8 text: its first line holds other bytes. Save it as UTF-8.')
}
