/** Colours of the light scheme: of what waits for a person, and of what failed. */
export const AMBER = 'rgb(125, 82, 0)'
export const RED = 'rgb(180, 35, 24)'

/** Runs in the page: the name of each stage, with the colour of its edge. */
export function edgesOf(stages: readonly unknown[]): (readonly [string, string])[] {
  const { getComputedStyle } = globalThis as unknown as {
    getComputedStyle: (of: unknown) => { borderTopColor: string }
  }
  return (stages as readonly { firstElementChild: { textContent: string } }[]).map((stage) => [
    stage.firstElementChild.textContent,
    getComputedStyle(stage).borderTopColor,
  ])
}
