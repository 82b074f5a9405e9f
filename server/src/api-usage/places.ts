/**
 * Texts that many rows have in common, each sent once while the rows name its place, from 1 as SQL counts. PostgreSQL walks
 * an array of texts to find a place, so this is for some dozens of texts, though it stays right for thousands.
 */
export class Places {
  readonly #places = new Map<string, number>();

  of(text: string): number {
    const known = this.#places.get(text);
    if (known !== undefined) return known;
    this.#places.set(text, this.#places.size + 1);
    return this.#places.size;
  }

  /** The texts, in the order of their places. */
  get texts(): string[] {
    return [...this.#places.keys()];
  }
}
