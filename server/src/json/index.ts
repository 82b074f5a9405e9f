export { bodyHash, canonicalJson } from './canonical-json.ts';
export { type AsJson, type Json, type JsonSource, toJson } from './to-json.ts';
