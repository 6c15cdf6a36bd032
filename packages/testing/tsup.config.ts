import { packageBuild } from '../../tsup.base.ts'

export default packageBuild(['src/index.ts', 'src/bot-api.ts', 'src/conformance.ts', 'src/vitest.ts'])
