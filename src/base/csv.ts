/**
 * A value as it stands in a CSV file that people open in a spreadsheet: quoted where needed, and led by an apostrophe where it would be
 * run as a formula. Spreadsheets pass over leading spaces, and take the wide forms of these signs for the plain ones.
 */
export function csvCell(value: string): string {
  return quoted(/^[\t\r]|^\s*[=+\-@＝＋－＠]/.test(value) ? `'${value}` : value)
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
