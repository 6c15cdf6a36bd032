// What users of Mission Control test with. The conformance suite for adapters is at @mission-control/testing/conformance,
// matchers for vitest at @mission-control/testing/vitest.
export { createFakeClock, type FakeClock, TEST_START_AT } from './fake-clock.ts'
export { createFakeIds } from './fake-ids.ts'
export { createTestHarness, type TestAgent, type TestHarness, type TestHarnessOptions } from './harness.ts'
export { openTcpProxy, PROXY_FAULTS, type ProxyFault, type TcpProxy } from './tcp-proxy.ts'
