import type { FilesType, Reading } from '../contract.ts'
import type { FolderFiles } from './confined.ts'
import { findFiles } from './find.ts'
import { refuseClosedPlace } from './closed-place.ts'
import { fields, places } from './settings.ts'
import type { FilesSettings } from './settings.ts'

export const sourceType: FilesType = {
  kind: 'files',
  title: 'Files',
  fields,
  places,
  typed: {
    form: 'a file, a pattern',
    takes: (text) => !/^[a-z][a-z0-9+.-]+:\/\//i.test(text),
    takesMany: true,
    settings: (paths, cwd) => ({ paths, cwd }),
  },
  async check({ settings, access }: Pick<Reading<FolderFiles>, 'settings' | 'access'>) {
    if (access.rules !== undefined) await refuseClosedPlace(settings, access.rules)
  },
  reads: 'files',
  find: (reading: Reading<FilesSettings>) => findFiles(reading),
}
