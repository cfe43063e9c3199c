/**
 * DynamoDB's numbers: decimals of up to 38 significant digits between 1e-130 and 9.99…e125, exact, sent as text.
 * Short ones, which are nearly all, are handled as JavaScript numbers, the others as digits with an exponent.
 */
import { validation } from "./errors.ts";

const MAX_DIGITS = 38;
/** Different decimals of up to this many characters are different doubles, so `<` and `===` on doubles are exact. */
const MAX_SHORT_LENGTH = 15;
const PATTERN = /^([+-]?)(\d+\.?\d*|\.\d+)(?:[eE]([+-]?\d+))?$/;

/** ±0.d₁d₂d₃… × 10^(exponent + 1), without zeros at either end; zero has no digits. */
interface Decimal {
    readonly negative: boolean;
    readonly digits: string;
    /** The power of ten of the first digit. */
    readonly exponent: number;
}

/** The number in its only normalized form: no exponent, no superfluous zeros. Throws what AWS would. */
export function normalizeNumber(text: string): string {
    if (isShort(text)) return text;
    const decimal = parse(text);
    checkRange(decimal);
    return format(decimal);
}

/** Less than, equal to or greater than 0 as `a` is to `b`; both normalized. */
export function compareNumbers(a: string, b: string): number {
    if (a === b) return 0;
    if (a.length <= MAX_SHORT_LENGTH && b.length <= MAX_SHORT_LENGTH) return Number(a) - Number(b);
    const x = numberOrder(a);
    const y = numberOrder(b);
    return x < y ? -1 : x > y ? 1 : 0;
}

/** The exact sum of two normalized numbers. */
export function addNumbers(a: string, b: string): string {
    if (a.length <= MAX_SHORT_LENGTH && b.length <= MAX_SHORT_LENGTH) {
        const sum = Number(a) + Number(b);
        if (Number.isSafeInteger(sum) && Number.isInteger(Number(a)) && Number.isInteger(Number(b)))
            return String(sum);
    }
    const x = parse(a);
    const y = parse(b);
    const scale = Math.min(lastPower(x), lastPower(y));
    const sum = scaled(x, scale) + scaled(y, scale);
    const total = parse(`${sum}e${scale}`);
    checkRange(total);
    return format(total);
}

/** `text` with the other sign. */
export function negateNumber(text: string): string {
    if (text === "0") return text;
    return text.startsWith("-") ? text.slice(1) : `-${text}`;
}

/**
 * Bytes of a normalized number in an item: one, and one for each pair of digits (pairs are aligned at the decimal point),
 * and one more if negative. "DynamoDB item sizes and formats" says this approximately.
 */
export function numberSize(text: string): number {
    const { negative, digits, exponent } = parse(text);
    if (digits === "") return 1;
    const isAlone = Math.abs(exponent) % 2 === 0;
    const pairs = isAlone ? 1 + Math.ceil((digits.length - 1) / 2) : Math.ceil(digits.length / 2);
    return 1 + pairs + (negative ? 1 : 0);
}

/** A text for each normalized number that sorts as the numbers do. */
export function numberOrder(text: string): string {
    const { negative, digits, exponent } = parse(text);
    if (digits === "") return "1";
    if (!negative) return `2${String(exponent + 200).padStart(3, "0")}${digits}`;
    let mirrored = `0${String(200 - exponent).padStart(3, "0")}`;
    for (const digit of digits) mirrored += 9 - Number(digit);
    return `${mirrored}~`;
}

/** Whether a double holds it exactly and JavaScript would write it this way. Then it is normalized already. */
function isShort(text: string): boolean {
    if (text.length > MAX_SHORT_LENGTH) return false;
    const number = Number(text);
    if (number !== 0 && !(Math.abs(number) >= 1e-6)) return false;
    return Number.isFinite(number) && String(number) === text;
}

function parse(text: string): Decimal {
    const match = PATTERN.exec(text);
    if (!match) {
        const what = "The parameter cannot be converted to a numeric value";
        throw validation(text === "" ? what : `${what}: ${text}`);
    }
    const [, sign, mantissa = "", power = "0"] = match;
    const point = mantissa.indexOf(".");
    const whole = point < 0 ? mantissa : mantissa.slice(0, point);
    const all = point < 0 ? whole : whole + mantissa.slice(point + 1);
    let first = 0;
    while (first < all.length && all[first] === "0") first++;
    let end = all.length;
    while (end > first && all[end - 1] === "0") end--;
    if (first === end) return { negative: false, digits: "", exponent: 0 };
    return {
        negative: sign === "-",
        digits: all.slice(first, end),
        exponent: whole.length - 1 - first + Number(power),
    };
}

function checkRange({ digits, exponent }: Decimal): void {
    if (digits === "") return;
    const magnitude = "Attempting to store a number with magnitude";
    if (exponent > 125) throw validation(`Number overflow. ${magnitude} larger than supported range`);
    if (exponent < -130) throw validation(`Number underflow. ${magnitude} smaller than supported range`);
    if (digits.length > MAX_DIGITS)
        throw validation("Attempting to store more than 38 significant digits in a Number");
}

function format({ negative, digits, exponent }: Decimal): string {
    if (digits === "") return "0";
    const sign = negative ? "-" : "";
    if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
    if (digits.length <= exponent + 1) return sign + digits.padEnd(exponent + 1, "0");
    return `${sign}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}

function lastPower({ digits, exponent }: Decimal): number {
    return digits === "" ? 0 : exponent - digits.length + 1;
}

function scaled(decimal: Decimal, scale: number): bigint {
    const { negative, digits } = decimal;
    if (digits === "") return 0n;
    const value = BigInt(digits) * 10n ** BigInt(lastPower(decimal) - scale);
    return negative ? -value : value;
}
