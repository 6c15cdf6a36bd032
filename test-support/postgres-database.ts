import { Client, escapeIdentifier } from 'pg'

/** Makes an empty database on the server, replacing an older one of that name, and gives its address. */
export async function createDatabase(serverUrl: string, name: string): Promise<string> {
  await onServer(serverUrl, [
    `drop database if exists ${escapeIdentifier(name)} with (force)`,
    `create database ${escapeIdentifier(name)}`,
  ])
  const url = new URL(serverUrl)
  url.pathname = `/${encodeURIComponent(name)}`
  return url.href
}

/** Removes a database and whoever is still connected to it. */
export async function dropDatabase(serverUrl: string, name: string): Promise<void> {
  await onServer(serverUrl, [`drop database if exists ${escapeIdentifier(name)} with (force)`])
}

async function onServer(serverUrl: string, statements: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: serverUrl })
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}
