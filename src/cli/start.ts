import { Command } from '@commander-js/extra-typings'

export function startCommand() {
  return new Command('start').description('show the main job on sample data, with a local Pinterest').action(async () => {})
}
