import { InvalidArgumentError } from 'commander'

/** Reads an option that must be a whole number within bounds. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return text => {
    const number = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN
    if (number >= min && number <= max) return number
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`)
  }
}
