export { FakeBotApi, type FakeOutage, type Placed, startBotApi } from './bot-api/bot-api.ts'
export type {
  FakeButton,
  FakeCall,
  FakeChat,
  FakeEntity,
  FakeMessage,
  FakePopup,
  FakeTopic,
} from './bot-api/types.ts'
