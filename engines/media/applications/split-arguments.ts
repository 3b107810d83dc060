/** Takes an argument apart at spaces; what stands in single quotes is one part, without them. */
export const splitArguments = (text: string): string[] =>
  Array.from(text.matchAll(/'([^']*)'|(\S+)/g), ([, quoted, plain]) => quoted ?? plain ?? '')
