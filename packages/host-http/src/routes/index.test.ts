import { OPERATIONS, type Operation } from '@mission-control/core'
import { describe, expect, test } from 'vitest'
import { fieldsOf, operationOf } from '../operations.ts'
import { pathFields, ROUTES } from './index.ts'
import type { Route } from './route.ts'

/** Operations without a route, each with the reason. */
const UNROUTED: Readonly<Record<string, string>> = {}

function isForHostOnly(operation: Operation): boolean {
  return operation.type === 'command' && operation.command.systemOnly === true && operation.command.forBridge !== true
}

function fields(route: Route) {
  return fieldsOf(operationOf(route.operation))
}

/** The routes for which something is not as it should be, by name. */
function routesWhere(isWrong: (route: Route) => boolean): string[] {
  return ROUTES.filter(isWrong).map(({ method, path }) => `${method} ${path}`)
}

const routed = new Set(ROUTES.map(({ operation }) => operation))

describe('the registry', () => {
  test('has a route for every operation, or a reason for none', () => {
    const missing = [...OPERATIONS.values()]
      .filter((operation) => !isForHostOnly(operation) && !routed.has(operation.name))
      .map(({ name }) => name)
    expect(missing).toEqual(Object.keys(UNROUTED))
  })

  test('keeps what only the host may do away from HTTP', () => {
    const forHost = [...OPERATIONS.values()].filter(isForHostOnly).map(({ name }) => name)
    expect(forHost).toContain('tasks.lapse')
    expect(forHost.filter((name) => routed.has(name))).toEqual([])
  })
})

describe('a route', () => {
  test('names an operation that exists', () => {
    expect(ROUTES.filter(({ operation }) => !OPERATIONS.has(operation))).toEqual([])
  })

  test('has a method and path of its own', () => {
    const places = ROUTES.map(({ method, path }) => `${method} ${path.replaceAll(/\{\w+\}/g, '{}')}`)
    expect(places).toHaveLength(new Set(places).size)
  })

  test('has only fields of the input in its path, save the name of the own agent', () => {
    const isKnown = (route: Route, name: string) =>
      fields(route).has(name) || (route.ownAgent === true && name === 'agentId')
    expect(routesWhere((route) => !pathFields(route.path).every((name) => isKnown(route, name)))).toEqual([])
  })

  test('is a GET, or a POST that no key can be meant for, when it is a query, and only then', () => {
    const isReading = ({ method, idempotencyKey }: Route) =>
      method === 'GET' || (method === 'POST' && idempotencyKey === 'none')
    expect(routesWhere((route) => isReading(route) !== (operationOf(route.operation).type === 'query'))).toEqual([])
    expect(routesWhere((route) => isReading(route) !== (route.idempotencyKey === 'none'))).toEqual([])
  })

  test('asks for If-Match exactly when the operation compares a version', () => {
    expect(routesWhere((route) => (route.ifMatch === 'required') !== fields(route).has('expectedVersion'))).toEqual([])
  })

  test('names the project in its path exactly when the operation is on one', () => {
    expect(
      routesWhere((route) => pathFields(route.path).includes('projectId') !== fields(route).has('projectId')),
    ).toEqual([])
  })
})
