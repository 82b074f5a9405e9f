import bidiFactory from 'bidi-js';
import { type FontRun, fontRuns } from './font-runs.ts';

// Its types say CommonJS, where what Node imports is a module with that default.
const bidi = (bidiFactory as unknown as typeof bidiFactory.default)();

/**
 * The runs of a line from left to right as they are seen. Text that runs from the right comes in single words, which the
 * font shapes and turns by itself; signs among them are turned here.
 */
export function visualRuns(line: string): FontRun[] {
  // Nothing before Hebrew runs from the right, so most lines need no look at directions.
  if (!/[\u0590-\u08ff\u200f\u202b\u202e\u2067\ufb1d-\ufdff\ufe70-\ufefc]/.test(line)) return fontRuns(line);
  const embedding = bidi.getEmbeddingLevels(line, 'ltr');
  const mirrored = bidi.getMirroredCharactersMap(line, embedding.levels);
  const pieces: { level: number; run: FontRun }[] = [];
  let start = 0;
  for (let end = 1; end <= line.length; end += 1) {
    const level = embedding.levels[start] ?? 0;
    const goes_on = end < line.length && embedding.levels[end] === level;
    if (goes_on && isSpace(line, end) === isSpace(line, start)) continue;
    const text = Array.from(
      line.slice(start, end),
      (sign, index) => mirrored.get(start + index) ?? sign,
    ).join('');
    for (const run of fontRuns(text)) pieces.push({ level, run: level % 2 === 1 ? turned(run) : run });
    start = end;
  }
  return reordered(pieces).map(({ run }) => run);
}

function isSpace(line: string, index: number): boolean {
  return line[index] === ' ';
}

/** Signs have no direction of their own that a font could turn them by. */
function turned(run: FontRun): FontRun {
  return /\p{L}/u.test(run.text) ? run : { ...run, text: [...run.text].reverse().join('') };
}

/** From the highest level down, each stretch of that level or above is turned round: rule L2 of the algorithm. */
function reordered<Piece extends { level: number }>(pieces: readonly Piece[]): Piece[] {
  const order = [...pieces];
  const highest = Math.max(0, ...order.map(({ level }) => level));
  for (let level = highest; level > 0; level -= 1) {
    let start = 0;
    while (start < order.length) {
      let end = start;
      while (end < order.length && (order[end]?.level ?? 0) >= level) end += 1;
      if (end > start) order.splice(start, end - start, ...order.slice(start, end).reverse());
      start = end + 1;
    }
  }
  return order;
}
