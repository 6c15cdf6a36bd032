import type { OperationObject } from './operation.ts'

/** A path that is no operation of the registry: a stream, or a question about the host itself. */
export interface HostPath {
  readonly path: string
  readonly method: 'get' | 'post' | 'delete'
  readonly operation: OperationObject
}
