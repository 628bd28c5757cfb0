import { Sink } from './sinks.ts'

/** Opens a sink for each path, runs `work`, and writes everything out. Returns the hashes written to each. */
export async function withSinks(
  paths: readonly string[],
  work: (sinks: readonly Sink[]) => Promise<void>,
): Promise<number[]> {
  const sinks: Sink[] = []
  try {
    for (const path of paths) sinks.push(await Sink.create(path))
    await work(sinks)
    await Promise.all(sinks.map((sink) => sink.finish()))
    return sinks.map((sink) => sink.count)
  } finally {
    await Promise.all(sinks.map((sink) => sink.close()))
  }
}
