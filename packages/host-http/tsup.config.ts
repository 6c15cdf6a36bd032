import { packageBuild } from '../../tsup.base.ts'

export default packageBuild(['src/index.ts', 'src/client.ts', 'src/mcp.ts', 'src/opentelemetry.ts'])
