/** What a parser made of a text that the route's schema let pass. */
export function sure<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('the schema let a text pass that its parser refuses')
  return value
}
