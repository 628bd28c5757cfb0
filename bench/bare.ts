import { tmpdir } from 'node:os'
import { resolve } from 'node:path'
import { EMAIL_PATTERN } from '../src/members/email.ts'
import { defaultLimits } from '../src/base/limits.ts'
import { scanLines } from '../src/engines/local/duckdb/scan-sql.ts'
import { withSession } from '../src/engines/local/duckdb/session.ts'
import { literal } from '../src/engines/local/duckdb/sql.ts'

/** The bare engine: scan the file, check and hash every address, and nothing else. Usage: `node bench/bare.ts FILE`. */
const table = {
  format: 'csv',
  paths: [resolve(process.argv[2] ?? '')],
  delimiter: ',',
  columns: ['customer_id', 'email', 'country', 'total_spent', 'last_order'],
  linesAbove: 0,
  emailIndex: 1,
} as const
const scan = { paths: table.paths, lineEnd: '\n', hasQuotes: false } as const
const lines = scanLines(table, scan, defaultLimits.fieldBytesMax)
const sql = `
  SELECT count(*), max(sha256(lower(v))) FROM (SELECT c1 AS v FROM ${lines})
  WHERE regexp_full_match(lower(v), ${literal(EMAIL_PATTERN)})`

await withSession(
  { limits: defaultLimits, tempDir: tmpdir(), signal: new AbortController().signal },
  (session) => session.run(sql),
)
