// The one place that turns options, environment and settings file into a client.
export { type Connection, connect, connectInProject, projectOf } from './connect/connection.ts'
export { connectionOptions, DATA_FOLDER, readSettings, readStoreSettings } from './connect/settings.ts'
