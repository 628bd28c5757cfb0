/**
 * For a field that offers rows: they stand within its dialog, where readers of the page look for them, and the list itself scrolls,
 * so that it is known as one.
 */
export const offeredWithin = { comboboxProps: { withinPortal: false }, withScrollArea: false } as const
