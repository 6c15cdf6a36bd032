import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { workspace } from '../support/folders.ts'
import { command, plan } from '../support/plans.ts'

const hasCurl = ['/usr/local/bin/curl', '/usr/bin/curl', '/bin/curl'].some((path) => existsSync(path))
if (!hasCurl) console.log('The tests of curl are not part of this run: there is no curl.')

if (hasCurl) {
  describe('curl', () => {
    async function served<T>(use: (port: number) => Promise<T>): Promise<T> {
      const server = createServer((request, response) => response.end(`host ${request.headers.host}\n`))
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      try {
        return await use((server.address() as AddressInfo).port)
      } finally {
        server.close()
      }
    }

    test('connects to the addresses that the decision saw', async () => {
      await served(async (port) => {
        const { ws, root } = workspace()
        const url = `http://public.example:${port}/`
        const facts = { realPaths: {}, addresses: { 'public.example': ['127.0.0.1'] } }
        const result = await ws.run(plan(command(root, ['curl', '-s', url])), { facts })
        expect(result).toMatchObject({ exitCode: 0, stdout: `host public.example:${port}\n` })
      })
    })

    test('is not run for a host that nobody looked at', async () => {
      const { ws, root } = workspace()
      const fetching = plan(command(root, ['curl', '-s', 'http://localhost/']))
      await expect(ws.run(fetching)).rejects.toMatchObject({ code: 'ADDRESS_UNKNOWN' })
      const facts = { realPaths: {}, addresses: { localhost: [] } }
      await expect(ws.run(fetching, { facts })).rejects.toMatchObject({ code: 'ADDRESS_UNKNOWN' })
    })

    test('reads no settings file and speaks no other protocol', async () => {
      const { ws, root } = workspace({ 'a.txt': 'a\n', '.curlrc': 'output = "made"\n' }, {})
      const result = await ws.run(plan(command(root, ['curl', '-s', `file://${root}/a.txt`])))
      expect(result.exitCode).not.toBe(0)
      expect(result.stdout).toBe('')
    })
  })
}
