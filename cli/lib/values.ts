/** Reads values of the command line; a wrong one says what was expected. */
import { InvalidArgumentError } from "commander";

export function nonEmpty(text: string): string {
    if (text.trim() === "") throw new InvalidArgumentError("It must not be empty.");
    return text;
}

export function wholeNumber(low: number, high: number): (text: string) => number {
    return (text) => {
        const number = Number(text);
        if (/^\d+$/.test(text) && number >= low && number <= high) return number;
        throw new InvalidArgumentError(`It must be a whole number from ${low} to ${high}.`);
    };
}

export function numberFrom(low: number, high: number): (text: string) => number {
    return (text) => {
        const number = Number(text);
        if (/^\d+(\.\d+)?$/.test(text) && number >= low && number <= high) return number;
        throw new InvalidArgumentError(`It must be a number from ${low} to ${high}.`);
    };
}
