/** Every state of a small world, breadth first: what breaks, by the shortest path, and whether everything can still end. */
import { settle } from "./later.ts";
import { letterOf } from "./names.ts";
import type { Broken, SmallWorld, State, Successor } from "./world.ts";

export interface Explored {
    readonly states: number;
    readonly steps: number;
    /** The most steps from the first state to any other. */
    readonly depth: number;
    /** Whether every state was seen; false if a bound of states stopped the exploration. */
    readonly isComplete: boolean;
    /** States in which every message has ended, and nothing is under way. */
    readonly settled: number;
    /** Properties that broke, each with its shortest path. */
    readonly broken: readonly { readonly property: Broken; readonly path: readonly string[] }[];
    /** States from which nothing leads to an end without further faults, and the shortest path to one. */
    readonly stuck: number;
    readonly stuckPath: readonly string[];
}

export interface ExploreOptions {
    /** Stops after so many states. */
    readonly most?: number;
    /** Stops when a property is broken: its path is the shortest. */
    readonly stopsWhenBroken?: boolean;
    readonly onProgress?: (states: number, depth: number) => void;
}

export async function explore(world: SmallWorld, options: ExploreOptions = {}): Promise<Explored> {
    const explorer = new Explorer(world, options);
    await explorer.run();
    return explorer.result();
}

class Explorer {
    private readonly world: SmallWorld;
    private readonly options: ExploreOptions;
    private readonly numbers = new Map<string, number>();
    private readonly keys: string[] = [];
    private readonly parents = new Numbers();
    private readonly depths = new Numbers();
    /** The steps without faults: from the first to the second of each pair. */
    private readonly from = new Numbers();
    private readonly to = new Numbers();
    private readonly settledStates: number[] = [];
    private readonly broken = new Map<Broken, Break>();
    private steps = 0;
    private depth = 0;
    private isComplete = true;

    constructor(world: SmallWorld, options: ExploreOptions) {
        this.world = world;
        this.options = options;
    }

    async run(): Promise<void> {
        const { most = Infinity, stopsWhenBroken = false, onProgress } = this.options;
        this.add(await settle(() => this.world.canonical(this.world.first).state), -1);
        for (let number = 0; number < this.keys.length; number++) {
            if (this.keys.length > most || (stopsWhenBroken && this.broken.size > 0)) {
                this.isComplete = false;
                return;
            }
            if (number % 50_000 === 0) onProgress?.(this.keys.length, this.depths.at(number));
            await this.expand(number);
        }
    }

    private async expand(number: number): Promise<void> {
        const state = stateOf(this.keys[number] as string);
        const attempt = () =>
            this.world.successors(state).map((successor) => ({
                ...successor,
                state: this.world.canonical(successor.state).state,
            }));
        let successors: ReturnType<typeof attempt>;
        try {
            successors = attempt();
        } catch {
            successors = await settle(attempt);
        }
        for (const successor of successors) {
            const next = this.add(successor.state, number);
            this.steps++;
            for (const property of successor.broken) {
                if (!this.broken.has(property)) this.broken.set(property, { ...successor, from: number });
            }
            if (successor.isFault || next === number) continue;
            this.from.push(number);
            this.to.push(next);
        }
    }

    private add(state: State, parent: number): number {
        const key = keyOf(state);
        const known = this.numbers.get(key);
        if (known !== undefined) return known;
        const number = this.keys.push(key) - 1;
        this.numbers.set(key, number);
        this.parents.push(parent);
        const depth = parent < 0 ? 0 : this.depths.at(parent) + 1;
        this.depths.push(depth);
        this.depth = Math.max(this.depth, depth);
        if (this.world.isSettled(state)) this.settledStates.push(number);
        return number;
    }

    async result(): Promise<Explored> {
        const canEnd = this.isComplete ? this.thatCanEnd() : undefined;
        let stuck = 0;
        let first = -1;
        for (let number = 0; canEnd && number < this.keys.length; number++) {
            if (canEnd[number] === 1) continue;
            stuck++;
            if (first < 0) first = number;
        }
        const broken: { property: Broken; path: string[] }[] = [];
        for (const [property, { from, ...last }] of this.broken) {
            const { path, names } = await this.pathTo(from);
            broken.push({ property, path: [...path, `${told(last, names)}, which breaks: ${property}`] });
        }
        return {
            ...{
                states: this.keys.length,
                steps: this.steps,
                depth: this.depth,
                isComplete: this.isComplete,
            },
            ...{ settled: this.settledStates.length, broken, stuck },
            stuckPath: first < 0 ? [] : (await this.pathTo(first)).path,
        };
    }

    /** Marks the states from which steps without faults lead to an end. */
    private thatCanEnd(): Uint8Array {
        const size = this.keys.length;
        const begins = new Uint32Array(size + 1);
        for (let i = 0; i < this.to.length; i++)
            begins[this.to.at(i) + 1] = (begins[this.to.at(i) + 1] ?? 0) + 1;
        for (let i = 0; i < size; i++) begins[i + 1] = (begins[i + 1] ?? 0) + (begins[i] ?? 0);
        const next = begins.slice();
        const before = new Uint32Array(this.to.length);
        for (let i = 0; i < this.to.length; i++) {
            const target = this.to.at(i);
            before[next[target] as number] = this.from.at(i);
            next[target] = (next[target] ?? 0) + 1;
        }
        const marked = new Uint8Array(size);
        const queue = [...this.settledStates];
        for (const number of queue) marked[number] = 1;
        for (let number = queue.pop(); number !== undefined; number = queue.pop()) {
            for (let i = begins[number] as number; i < (begins[number + 1] as number); i++) {
                const source = before[i] as number;
                if (marked[source] === 1) continue;
                marked[source] = 1;
                queue.push(source);
            }
        }
        return marked;
    }

    /** What happened up to a state, each message under the letter that it had at first; `names` has their numbers in it. */
    private async pathTo(number: number): Promise<{ path: string[]; names: number[] }> {
        const chain: number[] = [];
        for (let at = number; at >= 0; at = this.parents.at(at)) chain.unshift(at);
        let names = this.world.first.courses.map((_, i) => i);
        const path: string[] = [];
        for (let i = 1; i < chain.length; i++) {
            const [from, to] = [this.keys[chain[i - 1] as number] as string, this.keys[chain[i] as number]];
            const step = await settle(() => this.stepBetween(from, to));
            path.push(told(step, names));
            names = step.order.map((old) => names[old] as number);
        }
        return { path, names };
    }

    private stepBetween(from: string, to: string | undefined): Told & { readonly order: readonly number[] } {
        for (const successor of this.world.successors(stateOf(from))) {
            const { state, order } = this.world.canonical(successor.state);
            if (keyOf(state) === to) return { ...successor, order };
        }
        throw new Error("a state does not follow from the one before");
    }
}

/** What a story tells of a step. */
type Told = Pick<Successor, "label" | "about">;

/** A step that breaks a property, and the state from which it leads. */
type Break = Told & { readonly from: number };

function told({ label, about }: Told, names: readonly number[]): string {
    return about < 0 ? label : `${letterOf(names[about] ?? -1)}: ${label}`;
}

function keyOf({ isSilent, spent, dispatchers, courses }: State): string {
    return `${isSilent ? 1 : 0}|${spent}|${dispatchers.join()}|${courses.join()}`;
}

function stateOf(key: string): State {
    const [silent, spent, dispatchers = "", courses = ""] = key.split("|");
    const numbers = (text: string): number[] => (text === "" ? [] : text.split(",").map(Number));
    return {
        isSilent: silent === "1",
        spent: Number(spent),
        dispatchers: numbers(dispatchers),
        courses: numbers(courses),
    };
}

/** Whole numbers in one block of memory that grows. */
class Numbers {
    length = 0;
    private block = new Int32Array(1024);

    at(i: number): number {
        return this.block[i] as number;
    }

    push(number: number): void {
        if (this.length === this.block.length) {
            const larger = new Int32Array(this.block.length * 2);
            larger.set(this.block);
            this.block = larger;
        }
        this.block[this.length++] = number;
    }
}
