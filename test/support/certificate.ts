import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolder } from './folder.ts'

export interface Certificate {
  readonly key: string
  readonly cert: string
}

/** Whether this machine has the program that makes certificates. */
export const canCertify = spawnSync('openssl', ['version']).status === 0

/** A certificate of this host that is signed with its own key, so that it is trusted nowhere. */
export async function selfSigned(host: string): Promise<Certificate> {
  const folder = await makeFolder('certificate')
  try {
    const [key, cert] = [join(folder.dir, 'key.pem'), join(folder.dir, 'cert.pem')]
    const subject = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`]
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
    execFileSync('openssl', ['req', '-x509', ...kind, '-keyout', key, '-out', cert, ...subject], {
      stdio: 'ignore',
    })
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
  } finally {
    await folder.remove()
  }
}
