/** `promise`, or the error that `late` makes when it has not settled after `deadline_ms`. It is not cancelled. */
export async function withDeadline<T>(
  promise: Promise<T>,
  deadline_ms: number,
  late: () => Error,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), deadline_ms);
  });
  try {
    return await Promise.race([promise, overdue]);
  } finally {
    clearTimeout(timer);
  }
}
