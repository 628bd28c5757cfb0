import { Sink } from './sinks.ts'

/** Opens a sink for each output, runs `work`, and puts everything on disk. Returns the hashes written to each. */
export async function withSinks(
  outputs: readonly { readonly path: string; readonly as: 'hashes' | 'lines' }[],
  work: (sinks: readonly Sink[]) => Promise<void>,
): Promise<number[]> {
  const sinks: Sink[] = []
  try {
    for (const { path, as } of outputs) sinks.push(await Sink.create(path, as))
    await work(sinks)
    await Promise.all(sinks.map((sink) => sink.finish()))
    return sinks.map((sink) => sink.count)
  } finally {
    await Promise.all(sinks.map((sink) => sink.close()))
  }
}
