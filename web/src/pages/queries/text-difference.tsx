import type { ReactElement, ReactNode } from 'react'
import { lineDifference } from '../../format/line-difference.ts'
import type { DifferenceLine } from '../../format/line-difference.ts'
import type { QueryText } from '../../api/operations.ts'

/** What changes from one text of a query to another, with its e-mail column. */
export function TextDifference(props: {
  /** What is compared, for those who do not see the page. */
  readonly label: string
  readonly before: QueryText
  readonly after: QueryText
}): ReactElement {
  const { label, before, after } = props
  const lines = lineDifference(before.sql.trimEnd(), after.sql.trimEnd())
  const isSame = lines.every(({ kind }) => kind === 'same')
  return (
    <>
      {isSame && <p className="dim">The SQL is the same.</p>}
      <pre className="code text-difference" tabIndex={0} role="region" aria-label={label}>
        {lines.map((line, index) => (
          // oxlint-disable-next-line react/no-array-index-key -- a line is known by its place alone
          <Line key={index} line={line} />
        ))}
      </pre>
      {before.emailColumn !== after.emailColumn && (
        <p>
          E-mail column: <code>{before.emailColumn}</code> becomes <code>{after.emailColumn}</code>
        </p>
      )}
      {before.hashed !== after.hashed && (
        <p>
          The column is read as {after.hashed ? 'hashes instead of addresses' : 'addresses instead of hashes'}
          .
        </p>
      )}
    </>
  )
}

function Line({ line: { kind, text } }: { readonly line: DifferenceLine }): ReactNode {
  if (kind === 'same') return <span>{`  ${text}\n`}</span>
  return kind === 'gone' ? <del>{`− ${text}\n`}</del> : <ins>{`+ ${text}\n`}</ins>
}
