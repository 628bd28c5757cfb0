/** What the depot refuses, and what to do about it. */
export const refusals = {
  door: {
    reason: 'the code opens no door.',
    advice: 'Ask the keeper for the code of the day.',
  },
} as const
