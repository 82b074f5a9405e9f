declare module 'linebreak' {
  /** Where a line of text may end, by UAX #14. */
  export default class LineBreaker {
    constructor(text: string);
    /** The next place; null after the last, which is the end of the text. */
    nextBreak(): { position: number; required: boolean } | null;
  }
}
