/** Starts what all test files share. */
export async function setup(): Promise<void> {}
