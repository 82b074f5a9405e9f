import { fileOf, hasCodePoint } from './font-files.ts';

/** A stretch of text that one font file has all of. */
export interface FontRun {
  text: string;
  /** The file; the one of the text before it where no file has a character. */
  file: string;
}

const chosen = new Map<string, string | undefined>();

/** fileOf() of a character, remembered. */
function fileFor(character: string): string | undefined {
  if (chosen.has(character)) return chosen.get(character);
  const file = fileOf(character.codePointAt(0) ?? 0);
  // So that no document can make this grow without end.
  if (chosen.size > 50_000) chosen.clear();
  chosen.set(character, file);
  return file;
}

/** Cuts a text into runs; marks and joiners stay with the letters they belong to where these have them. */
export function fontRuns(text: string): FontRun[] {
  const runs: FontRun[] = [];
  for (const character of text) {
    const run = runs.at(-1);
    // A space is as wide as the text is set in, and not as a Han character.
    const stays =
      run !== undefined && character !== ' ' && hasCodePoint(run.file, character.codePointAt(0) ?? 0);
    const file = (stays ? run.file : fileFor(character)) ?? run?.file ?? fileFor(' ') ?? '';
    if (run?.file === file) run.text += character;
    else runs.push({ text: character, file });
  }
  return runs;
}
