/**
 * Puts the values of variables in the place of `${name}`. Once only: what a value holds is never read as
 * a name again, so that a caller who chooses a value cannot reach another.
 */
export const expandVariables = (text: string, read: (name: string) => string | undefined): string =>
  text.replace(/\$\{([A-Za-z0-9_.-]+)\}/g, (_, name: string) => read(name) ?? '')
