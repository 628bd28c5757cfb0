/** The colours that a person may choose, with their words. */
export const colorSchemes = [
  ['light', 'Light'],
  ['dark', 'Dark'],
  ['auto', 'As the system'],
] as const
