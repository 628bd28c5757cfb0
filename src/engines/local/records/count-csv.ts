import type { NamedFile } from '../../../sources/formats/verified-bytes.ts'
import type { CsvLayout } from './csv-records.ts'
import { endOfLine, linesIn, textEnd, wholeLines } from './whole-lines.ts'
import { LF } from '../../../sources/formats/signs.ts'

/** The lines of a CSV file below its header. */
export interface CsvLines {
  readonly lines: number
  /** Those that a scan finds. */
  readonly rows: number
  /** Those that it passes over: lines without the right number of fields. */
  readonly passedOver: number
}

/**
 * Counts the lines of a file that an examination let pass, by their separators, as a scan does that knows no marks. Null where a line is
 * longer than it may be.
 */
export async function countCsv(
  file: NamedFile,
  layout: Pick<CsvLayout, 'delimiter' | 'columnCount' | 'bytesMax'>,
  signal: AbortSignal,
): Promise<CsvLines | null> {
  const delimiter = layout.delimiter.charCodeAt(0)
  const last = layout.columnCount - 1
  let [lines, rows, passedOver] = [0, 0, 0]
  let isFirst = true
  for await (const piece of wholeLines(file, { signal, bytesMax: layout.bytesMax })) {
    if (piece === null) return null
    const from = isFirst ? endOfLine(piece, 0) : 0
    isFirst = false
    lines += linesIn(piece, from)
    for (let start = from; start < piece.length;) {
      const usual = usualLines(piece, start, delimiter, last)
      rows += usual.rows
      start = endOfLine(piece, usual.end)
      if (usual.end === piece.length) break
      const line = piece.subarray(usual.end, usual.end + textEnd(piece.subarray(usual.end, start)))
      // An empty line is a row only where there is one column.
      if (line.length === 0 && last > 0) continue
      if (isRow(line, delimiter, last)) rows += 1
      else passedOver += 1
    }
  }
  return { lines, rows, passedOver }
}

/** Empty fields too many do no harm. */
function isRow(line: Buffer, delimiter: number, separatorsUsual: number): boolean {
  let surplus = separatorsIn(line, delimiter) - separatorsUsual
  while (surplus > 0 && line[line.length - surplus] === delimiter) surplus -= 1
  return surplus === 0
}

/**
 * How many lines have so many separators, up to the first that has not, and where that begins. A loop of its own that calls nothing,
 * since nearly all lines are such ones: that takes less than half the time.
 */
function usualLines(
  lines: Buffer,
  from: number,
  delimiter: number,
  separatorsUsual: number,
): { readonly rows: number; readonly end: number } {
  // Nearly all signs are letters and digits, which come after both.
  const highest = Math.max(delimiter, LF)
  const { length } = lines
  let rows = 0
  let separators = 0
  let end = from
  for (let at = from; at < length; at += 1) {
    const sign = lines[at] as number
    if (sign > highest) continue
    if (sign === delimiter) separators += 1
    else if (sign === LF) {
      if (separators !== separatorsUsual) break
      rows += 1
      separators = 0
      end = at + 1
    }
  }
  return { rows, end }
}

function separatorsIn(line: Buffer, delimiter: number): number {
  let separators = 0
  for (let at = line.indexOf(delimiter); at >= 0; at = line.indexOf(delimiter, at + 1)) separators += 1
  return separators
}
