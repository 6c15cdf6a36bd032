// What stands here is a promise to users of this package.
export type { PgListener } from './live-feed.ts'
export { type MigrateResult, migrate } from './migrate.ts'
export { createPostgresStorage, type PostgresStorageOptions } from './postgres-storage.ts'
export {
  type DriverOptions,
  fromClient,
  fromPglite,
  fromPool,
  type PgConnection,
  type PgliteDatabase,
  type PgPool,
  type PgQueryable,
  type SqlClient,
  type SqlRows,
} from './sql-client.ts'
