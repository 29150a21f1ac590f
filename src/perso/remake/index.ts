/** Scrap, and remakes with a second person's approval. */
export { isScrapReason, SCRAP_REASONS, type ScrapReason } from './reasons.js';
export {
  type Destruction,
  type RemakeRequest,
  remakeRecord,
  type ScrapRequest,
  scrapRecord,
} from './remake.js';
