/**
 * A mutant: the deployed program with one mistake that somebody could make, and the property by which the simulator must
 * notice it. The simulator itself, and what it watches with, stays as it is.
 */
import { momentOf } from "../moments.ts";
import type { Moment } from "../moments.ts";
import { rareDayOf } from "../rare-days.ts";
import type { RareDay } from "../rare-days.ts";
import type { Profile } from "../scenario.ts";

export interface Mutant {
    /** Names it on the command line. */
    readonly id: string;
    /** The mistake, in a sentence. */
    readonly mistake: string;
    readonly changes: readonly Change[];
    /** The property that must break, word for word. */
    readonly property: string;
    /** The first seed that is played, and how many are at most. */
    readonly from: number;
    readonly within: number;
    /** @default "swarm" */
    readonly profile?: Profile;
    /** Plays only seeds whose scenarios have this rare day. @default any seeds */
    readonly day?: RareDay;
    /** Plays only seeds whose scenarios have this moment. @default any seeds */
    readonly moment?: Moment;
}

/** The seeds that a mutant is played with. */
export function seedsOf({ from, within, day, moment }: Mutant): number[] {
    const seeds: number[] = [];
    for (let seed = from; seeds.length < within; seed++) {
        const rareDay = rareDayOf(seed);
        if (day !== undefined && rareDay !== day) continue;
        if (moment !== undefined && (rareDay !== undefined || momentOf(seed) !== moment)) continue;
        seeds.push(seed);
    }
    return seeds;
}

/** A change to a file of the deployed program. */
export interface Change {
    /** The file, from the root of the repository. */
    readonly file: string;
    /** A text that the file has exactly once. */
    readonly text: string;
    readonly instead: string;
}

/** A mutant that cannot be made. */
export class MutantError extends Error {
    override readonly name = "MutantError";
}

/** The file's contents with a mutant's changes in it. Throws a `MutantError` if one of them does not apply. */
export function changed(contents: string, { text, instead, file }: Change, id: string): string {
    const found = contents.split(text).length - 1;
    if (found === 1) return contents.replace(text, () => instead);
    const how = found === 0 ? "is not there" : `is there ${found} times`;
    throw new MutantError(
        `Mutant ${id} no longer applies: its text ${how} in ${file}: ${JSON.stringify(text)}`,
    );
}
