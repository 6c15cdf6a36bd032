// Prints `N passed, N failed` from vitest's JSON report. A file that could not even be loaded has no
// tests to fail, so it counts as one; so does a report that was never written.
import { existsSync, readFileSync } from 'node:fs'

const path = process.argv[2] ?? '.cache/vitest.json'
let passed = 0
let failed = 0

if (existsSync(path)) {
  const report = JSON.parse(readFileSync(path, 'utf8'))
  passed = report.numPassedTests
  failed = report.numFailedTests
  for (const { status, assertionResults } of report.testResults) {
    const explained = assertionResults.some((/** @type {{ status: string }} */ test) => test.status === 'failed')
    if (status === 'failed' && !explained) failed += 1
  }
} else {
  failed = 1
}

console.log(`${passed} passed, ${failed} failed`)
