/** The URL of a module beside `from`: .ts in the repository, .js in a built package. */
export function siblingModule(name: string, from: string): URL {
  return new URL(`./${name}${from.slice(from.lastIndexOf('.'))}`, from);
}
