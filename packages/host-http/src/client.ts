export { createHttpTransport, type HttpTransportOptions } from './client/create-transport.ts'
