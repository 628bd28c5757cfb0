/** The parts of a text of the service; what stands between backticks is code, such as a command. */
export function partsOf(text: string): readonly { readonly text: string; readonly isCode: boolean }[] {
  const parts = text.split('`')
  // A mark without its second one is a sign like any other.
  const whole = parts.length % 2 === 1 ? parts : [...parts.slice(0, -2), parts.slice(-2).join('`')]
  return whole.flatMap((part, index) => (part === '' ? [] : [{ text: part, isCode: index % 2 === 1 }]))
}
