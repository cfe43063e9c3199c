/**
 * The JSONata functions that Step Functions adds or changes: Developer Guide, "Transforming data with JSONata in Step
 * Functions". Time and chance are the world's: a run can be repeated.
 */
import { createHash } from "node:crypto";
import type { Expression, Focus } from "jsonata";
import type { Chronicle } from "./scope.ts";

/** A function of the library, as an environment holds it. */
interface NativeFunction {
    readonly implementation: (this: Focus, ...parameters: unknown[]) => unknown;
}

const ALGORITHMS: Readonly<Record<string, string>> = {
    MD5: "md5",
    "SHA-1": "sha1",
    "SHA-256": "sha256",
    "SHA-384": "sha384",
    "SHA-512": "sha512",
};

/** The variable by which an evaluation tells the functions its world. No expression can name it. */
const WORLD = "the world";

/** What an evaluation must bind, so that its functions know the world. */
export function worldBinding(world: Chronicle): Record<string, unknown> {
    return { [WORLD]: world };
}

/** Gives a compiled expression the functions of Step Functions. */
export function addFunctions(expression: Expression): void {
    expression.registerFunction("millis", millis, "<:n>");
    expression.registerFunction("now", now, "<s?s?:s>");
    expression.registerFunction("random", random, "<n?:n>");
    expression.registerFunction("uuid", uuid, "<:s>");
    expression.registerFunction("partition", partition, "<an:a>");
    expression.registerFunction("range", range, "<nnn:a>");
    expression.registerFunction("hash", hash, "<ss:s>");
    expression.registerFunction("parse", (text: string) => JSON.parse(text) as unknown, "<s:x>");
    // "$eval is not supported": a call of it fails, as a call of anything that is no function.
    expression.assign("eval", undefined);
}

/** Instants of the clock may lie between two milliseconds; JSONata counts whole ones. */
export function millisOf({ clock }: Chronicle): number {
    return Math.floor(clock.now());
}

function worldOf(focus: Focus): Chronicle {
    return focus.environment.lookup(WORLD) as Chronicle;
}

function millis(this: Focus): number {
    return millisOf(worldOf(this));
}

function now(this: Focus, picture?: string, timezone?: string): unknown {
    const time = worldOf(this).clock.now();
    if (picture === undefined) return new Date(time).toISOString();
    const format = this.environment.lookup("fromMillis") as NativeFunction;
    return format.implementation.call(this, time, picture, timezone);
}

function random(this: Focus, seed?: number): number {
    return seed === undefined ? worldOf(this).random.next() : seededRandom(seed);
}

function uuid(this: Focus): string {
    return worldOf(this).random.uuid();
}

function partition(items: readonly unknown[], size: number): unknown[][] {
    if (!Number.isInteger(size) || size < 1) {
        throw new Error(`The chunk size of $partition must be a positive integer, but was ${size}`);
    }
    const chunks: unknown[][] = [];
    for (let i = 0; i < items.length; i += size) chunks.push(items.slice(i, i + size));
    return chunks;
}

/** From first to last, in steps; includes the last if a step lands on it. At most 1,000 numbers. */
function range(first: number, last: number, step: number): number[] {
    if (step === 0) throw new Error("The step of $range must not be 0");
    const length = Math.floor((last - first) / step) + 1;
    if (length > 1000) throw new Error(`$range can make at most 1000 numbers, not ${length}`);
    return Array.from({ length: Math.max(0, length) }, (_, i) => first + i * step);
}

function hash(text: string, algorithm: string): string {
    const name = ALGORITHMS[algorithm];
    if (!name) {
        throw new Error(
            `The algorithm of $hash must be one of ${Object.keys(ALGORITHMS).join(", ")}, but was ${algorithm}`,
        );
    }
    return createHash(name).update(text, "utf8").digest("hex");
}

/** The first double of java.util.Random with this seed, which is what Step Functions answers, bit for bit. */
function seededRandom(seed: number): number {
    const mask = (1n << 48n) - 1n;
    let state = (BigInt(Math.trunc(seed)) ^ 0x5deece66dn) & mask;
    const next = (bits: bigint): bigint => {
        state = (state * 0x5deece66dn + 0xbn) & mask;
        return state >> (48n - bits);
    };
    return Number((next(26n) << 27n) + next(27n)) / 2 ** 53;
}
