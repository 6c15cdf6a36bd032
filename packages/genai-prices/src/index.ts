export { createGenaiPriceBook } from './price-book.ts'
