import { Client } from 'pg'
export async function createTestDatabase() {
  const name = `t${process.pid}_${Date.now()}`
  const c = new Client({ connectionString: 'postgres://postgres@127.0.0.1:55771/postgres' })
  await c.connect()
  await c.query(`CREATE DATABASE ${name}`)
  return {
    url: `postgres://postgres:sesame@127.0.0.1:55771/${name}`,
    drop: async () => {
      await c.query(`DROP DATABASE ${name} WITH (FORCE)`)
      await c.end()
    },
  }
}
