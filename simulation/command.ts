/** Plays scenarios as the command line asks, and tells what did not hold. */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { RecordedProgram } from "../embedded-aws/index.ts";
import { runCampaign, seedsFrom } from "./campaign.ts";
import type { Campaign } from "./campaign.ts";
import { missing } from "./coverage.ts";
import type { SimulateOptions } from "./options.ts";
import { play } from "./play.ts";
import type { Result } from "./play.ts";
import { drawScenario } from "./scenario.ts";
import type { Profile, Scenario } from "./scenario.ts";
import { shrink } from "./shrink.ts";

/** At most so many broken runs are told in full. */
const MAX_TOLD = 3;
/** At most so many lines of a story. */
const MAX_STORY = 60;
/** Runs after which a campaign says how far it is. */
const PROGRESS_RUNS = 500;

/** What the command needs of the process around it. */
export interface Around {
    /** Records the programs, one for each configuration. */
    readonly programs: () => Promise<readonly RecordedProgram[]>;
    /** The directory for traces of runs in which a property did not hold. */
    readonly traces: string;
    readonly out: (text: string) => void;
    readonly error: (text: string) => void;
    /** Ends a campaign early, with what it has played so far. */
    readonly signal?: AbortSignal;
}

export class Simulate {
    private readonly around: Around;

    constructor(around: Around) {
        this.around = around;
    }

    /** Returns the exit code: 1 if something did not hold. */
    run(options: SimulateOptions): Promise<number> {
        return options.replay === undefined ? this.campaign(options) : this.replay(options, options.replay);
    }

    private async campaign(options: SimulateOptions): Promise<number> {
        const { runs, seed, profile, minutes, workers, coverage, json } = options;
        this.around.error(`simulate: ${runs} runs from seed ${seed}, profile ${profile}\n`);
        const programs = await this.around.programs();
        const done = await runCampaign({
            programs,
            profile,
            seeds: seedsFrom(seed, runs),
            millis: (minutes ?? Infinity) * 60_000,
            workers,
            signal: this.around.signal,
            onResult: this.progress(),
        });
        const unseen = coverage ? missing(done.counts, programs) : [];
        if (json) this.say(JSON.stringify({ ...options, ...plain(done), unseen }, null, 4));
        else {
            for (const { seed: each } of done.broken.slice(0, MAX_TOLD))
                this.tell(await play(drawScenario(each, profile), { programs, trace: true }), profile);
            this.summarize(done, unseen, profile);
        }
        return done.broken.length + done.failed.length + unseen.length === 0 ? 0 : 1;
    }

    /** Says how far the campaign is, and at once which seed broke something. */
    private progress(): (result: Result) => void {
        let [runs, broken] = [0, 0];
        return ({ seed, violations: [first] }) => {
            runs++;
            if (first) {
                broken++;
                this.around.error(`simulate: seed ${seed} breaks: ${first.property}\n`);
            }
            if (runs % PROGRESS_RUNS === 0) this.around.error(`simulate: ${runs} runs, ${broken} broken\n`);
        };
    }

    private summarize(campaign: Campaign, unseen: readonly string[], profile: Profile): void {
        const { runs, seconds, counts, broken, failed } = campaign;
        const number = (count: number): string => count.toLocaleString("en-US");
        const count = (name: string): string => number(counts.get(name) ?? 0);
        const hours = Math.round((counts.get("virtual seconds") ?? 0) / 3600);
        for (const { seed, error } of failed.slice(0, MAX_TOLD))
            this.say(`seed ${seed} could not be played: ${error}\n${again(seed, profile)}`);
        for (const what of unseen) this.say(`never occurred: ${what}`);
        for (const { seed, violations } of broken)
            this.say(`seed ${seed}: ${[...new Set(violations.map(({ property }) => property))].join("; ")}`);
        this.say(
            `${number(runs)} runs in ${seconds.toFixed(0)} s (${(runs / seconds).toFixed(1)} a second), ` +
                `${number(hours)} hours of AWS: ${count("runs")} jobs, ${number(sum(counts, "fault "))} faults, ` +
                `${number(sum(counts, "act "))} acts of people, ${count("letters")} dead letters`,
        );
        const good = runs - broken.length - failed.length;
        this.say(`${number(good)} good, ${broken.length} broken, ${failed.length} not played`);
    }

    private async replay({ profile, shrink: wantsSmaller }: SimulateOptions, seed: number): Promise<number> {
        const programs = await this.around.programs();
        const playIt = (scenario: Scenario): Promise<Result> => play(scenario, { programs, trace: true });
        const scenario = drawScenario(seed, profile);
        const result = await playIt(scenario);
        const isGood = result.violations.length === 0;
        if (isGood || !wantsSmaller) {
            this.say(`scenario ${JSON.stringify(scenario)}`);
            for (const line of result.trace) this.say(line);
            this.say(`digest ${result.digest}`);
            return isGood ? 0 : 1;
        }
        const shrunk = await shrink(scenario, result, playIt);
        this.tell(shrunk.result, profile);
        this.say(`the smallest scenario of ${shrunk.tries} that were tried:`);
        this.say(JSON.stringify(shrunk.scenario));
        return 1;
    }

    /** The broken property of a run, with what the trace says about the messages and slots that it is about. */
    private tell({ seed, violations, trace }: Result, profile: Profile): void {
        const [first] = violations;
        if (!first) return;
        mkdirSync(this.around.traces, { recursive: true });
        const file = path.join(this.around.traces, `${seed}.trace`);
        writeFileSync(file, `${trace.join("\n")}\n`);
        this.say(`seed ${seed} breaks: ${first.property}`);
        this.say(`  after ${first.seconds} s: ${first.what}`);
        const story = trace.filter((line) => first.about.some((each) => line.includes(each)));
        if (story.length > MAX_STORY) this.say(`  … ${story.length - MAX_STORY} lines before these`);
        for (const line of story.slice(-MAX_STORY)) this.say(`  ${line}`);
        this.say(`  the whole trace: ${file}`);
        this.say(again(seed, profile));
    }

    private say(text: string): void {
        this.around.out(`${text}\n`);
    }
}

/** The command that plays a seed again. */
function again(seed: number, profile: Profile): string {
    const other = profile === "swarm" ? "" : ` --profile ${profile}`;
    return `  again: npm run simulate -- --replay ${seed}${other}`;
}

/** A campaign as JSON has it. */
function plain({ counts, ...rest }: Campaign): object {
    return { ...rest, counts: Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1))) };
}

function sum(counts: ReadonlyMap<string, number>, beginning: string): number {
    let total = 0;
    for (const [what, count] of counts) if (what.startsWith(beginning)) total += count;
    return total;
}
