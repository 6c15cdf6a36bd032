import { testContract } from '../contract.ts'

testContract('memory')
