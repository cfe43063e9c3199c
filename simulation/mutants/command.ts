/** Tries mutants as the command line asks, and tells which of them the simulator notices. */
import os from "node:os";
import type { RecordedProgram } from "../../embedded-aws/index.ts";
import type { Profile } from "../scenario.ts";
import { hunt } from "./hunt.ts";
import type { Catch, Hunt } from "./hunt.ts";
import { seedsOf } from "./mutant.ts";
import type { Mutant } from "./mutant.ts";
import type { MutantsOptions } from "./options.ts";
import { columns, row } from "./table.ts";

/** Milliseconds for one seed: some hundred times what most take. */
const SEED_MILLIS = 120_000;

/** What became of a mutant. */
export interface Trial {
    readonly mutant: Mutant;
    readonly outcome: Catch | { readonly kind: "not made"; readonly error: string; readonly seeds: 0 };
    readonly seconds: number;
}

/** What the command needs of the process around it. */
export interface Around {
    readonly mutants: readonly Mutant[];
    /** Throws a `MutantError` if the mutant's changes no longer apply. */
    readonly check: (mutant: Mutant) => void;
    /** Records the programs with a mutant's changes in them; of the unchanged sources without a mutant. */
    readonly programs: (mutant?: Mutant) => Promise<readonly RecordedProgram[]>;
    readonly hunt?: (hunt: Hunt) => Promise<Catch>;
    readonly out: (text: string) => void;
    readonly error: (text: string) => void;
    /** Gets every trial, for the page that shows the table. */
    readonly document?: (trials: readonly Trial[]) => void;
}

export class Mutants {
    private readonly around: Around;

    constructor(around: Around) {
        this.around = around;
    }

    /** Returns the exit code: 1 if a mutant was not caught, 2 if there is none of a name. */
    async run(options: MutantsOptions): Promise<number> {
        const { only, list, json, docs } = options;
        const { mutants, out, error } = this.around;
        const unknown = only.filter((id) => !mutants.some((mutant) => mutant.id === id));
        if (unknown.length > 0) {
            error(`turnstile: there is no mutant ${unknown.join(", ")}; --list names them\n`);
            return 2;
        }
        const chosen = mutants
            .filter(({ id }) => only.length === 0 || only.includes(id))
            .map((mutant) => ({ ...mutant, within: Math.min(mutant.within, options.seeds ?? Infinity) }));
        if (list) {
            for (const { id, mistake, property } of chosen) out(`${id}: ${mistake} (${property})\n`);
            return 0;
        }
        if (!this.doApply(chosen) || !(await this.unchangedPasses(chosen, options))) return 1;
        const trials = await this.tryAll(chosen, options);
        if (json) out(`${JSON.stringify(trials.map(plain), null, 4)}\n`);
        else this.summarize(trials);
        const areCaught = trials.every(({ outcome }) => outcome.kind === "caught");
        if (docs && areCaught) this.around.document?.(trials);
        return areCaught ? 0 : 1;
    }

    private doApply(mutants: readonly Mutant[]): boolean {
        let isGood = true;
        for (const mutant of mutants) {
            try {
                this.around.check(mutant);
            } catch (error) {
                this.around.error(`turnstile: ${(error as Error).message}\n`);
                isGood = false;
            }
        }
        return isGood;
    }

    /** What breaks without a mistake says nothing about one. */
    private async unchangedPasses(
        mutants: readonly Mutant[],
        { workers = os.availableParallelism() }: MutantsOptions,
    ): Promise<boolean> {
        const { error } = this.around;
        const programs = await this.around.programs();
        for (const [profile, seeds] of seedsOfAll(mutants)) {
            error(`mutants: the unchanged source plays ${seeds.length} seeds, profile ${profile}\n`);
            const shares = Array.from({ length: workers }, (_, i) =>
                seeds.filter((_, j) => j % workers === i),
            );
            const found = await Promise.all(
                shares.map((share) => this.hunt({ programs, profile, seeds: share, millis: SEED_MILLIS })),
            );
            const failed = found.find(({ kind }) => kind !== "survived");
            if (!failed || failed.kind === "survived") continue;
            const what = failed.kind === "crashed" ? failed.error : failed.others.join("; ");
            error(`turnstile: the unchanged source fails in seed ${failed.seed}: ${failed.kind}: ${what}\n`);
            return false;
        }
        return true;
    }

    private async tryAll(mutants: readonly Mutant[], { workers, json }: MutantsOptions): Promise<Trial[]> {
        const trials: Trial[] = [];
        const rest = [...mutants];
        if (!json) this.around.out(columns());
        const work = async (): Promise<void> => {
            for (let mutant = rest.shift(); mutant; mutant = rest.shift()) {
                const trial = await this.tryOne(mutant);
                trials.push(trial);
                if (!json) this.around.out(row(trial));
            }
        };
        await Promise.all(Array.from({ length: workers ?? os.availableParallelism() }, work));
        return trials.sort((a, b) => mutants.indexOf(a.mutant) - mutants.indexOf(b.mutant));
    }

    private async tryOne(mutant: Mutant): Promise<Trial> {
        const began = performance.now();
        const outcome = await this.outcomeOf(mutant);
        return { mutant, outcome, seconds: (performance.now() - began) / 1000 };
    }

    private async outcomeOf(mutant: Mutant): Promise<Trial["outcome"]> {
        let programs: readonly RecordedProgram[];
        try {
            programs = await this.around.programs(mutant);
        } catch (error) {
            return { kind: "not made", error: (error as Error).message, seeds: 0 };
        }
        const { profile = "swarm", property } = mutant;
        const seeds = seedsOf(mutant);
        return this.hunt({ programs, profile, seeds, property, millis: SEED_MILLIS });
    }

    private hunt(what: Hunt): Promise<Catch> {
        return (this.around.hunt ?? hunt)(what);
    }

    private summarize(trials: readonly Trial[]): void {
        const { out } = this.around;
        const caught = trials.filter(({ outcome }) => outcome.kind === "caught").length;
        for (const { mutant, outcome } of trials) {
            if (outcome.kind === "crashed" || outcome.kind === "not made")
                out(`${mutant.id}: ${outcome.error}\n`);
            if (outcome.kind === "survived" && outcome.others.length > 0)
                out(`${mutant.id}: what broke is not its property: ${outcome.others.join("; ")}\n`);
        }
        out(`${caught} of ${trials.length} mutants are caught\n`);
    }
}

/** Every seed that a mutant may be played with, once, by profile. */
function seedsOfAll(mutants: readonly Mutant[]): Map<Profile, readonly number[]> {
    const seeds = new Map<Profile, Set<number>>();
    for (const mutant of mutants) {
        const { profile = "swarm" } = mutant;
        seeds.set(profile, new Set([...(seeds.get(profile) ?? []), ...seedsOf(mutant)]));
    }
    return new Map([...seeds].map(([profile, all]) => [profile, [...all].sort((a, b) => a - b)]));
}

/** A trial as JSON has it. */
function plain({ mutant: { id, mistake, property }, outcome, seconds }: Trial): object {
    return { id, mistake, property, ...outcome, seconds: Math.round(seconds * 10) / 10 };
}
