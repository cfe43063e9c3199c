/** Draws: everything of a scenario that is left to chance. */
import { Random } from "../embedded-aws/index.ts";

/** A source of chance with the words that drawing needs. */
export class Chance {
    readonly random: Random;

    constructor(seed: number) {
        this.random = new Random(seed);
    }

    /** Whether something with this probability happens. */
    happens(probability: number): boolean {
        return this.random.next() < probability;
    }

    /** A whole number from low to high, both included. */
    integer(low: number, high: number): number {
        return this.random.integer(low, high);
    }

    between(low: number, high: number): number {
        return this.random.between(low, high);
    }

    pick<T>(list: readonly [T, ...T[]]): T {
        return list[this.random.integer(0, list.length - 1)] as T;
    }

    /** A number that is often near `median` and sometimes far above it. */
    skewed(median: number, largest: number): number {
        const spread = 4 ** (this.random.between(-1, 1) + this.random.between(-1, 1));
        return Math.max(1, Math.min(largest, Math.round(median * spread)));
    }
}

/**
 * A decision that depends on nothing but the seed and what it is about. So a scenario from which something was taken away
 * decides the rest as before.
 */
export function decide(seed: number, about: string): number {
    return decisionsAbout(seed, about)("");
}

/** Decisions about several sides of one thing: `side` is the end of what each is about, as `decide` takes it. */
export function decisionsAbout(seed: number, about: string): (side: string) => number {
    const begun = mixedWith(0x811c9dc5 ^ seed, about);
    return (side) => decisionOf(mixedWith(begun, side));
}

function mixedWith(begun: number, text: string): number {
    let value = begun;
    for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
    return value;
}

function decisionOf(mixed: number): number {
    let value = mixed;
    value = Math.imul(value ^ (value >>> 16), 0x45d9f3b);
    value = Math.imul(value ^ (value >>> 16), 0x45d9f3b);
    return ((value ^ (value >>> 16)) >>> 0) / 0x100000000;
}

/** Which of several things a seed has, of which each has a share of all seeds; undefined: none of them. */
export function decideAmong<Name extends string>(
    seed: number,
    about: string,
    things: Readonly<Record<Name, { readonly share: number }>>,
): Name | undefined {
    let chance = decide(seed, about);
    for (const name of Object.keys(things) as Name[]) {
        if (chance < things[name].share) return name;
        chance -= things[name].share;
    }
    return undefined;
}
