/** A page of any list. */
export interface Page<Item> {
  data: Item[];
  next_cursor: string | null;
}

/**
 * Goes through all items of a list, newest first, reading page after page as they are consumed:
 *
 *     for await (const use of paginate((page) => tallystick.listAiTokenUsage({ user_id, ...page }))) ...
 */
export async function* paginate<Item>(
  readPage: (page: { cursor?: string }) => Promise<Page<Item>>,
): AsyncGenerator<Item, void, undefined> {
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const page = await readPage(cursor === undefined ? {} : { cursor });
    yield* page.data;
    cursor = page.next_cursor;
  }
}
