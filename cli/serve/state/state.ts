/** Keeps a served stack across restarts: everything that came from outside is kept, and happens again at the next start. */
import { isDeepStrictEqual } from "node:util";
import { ReplayError, replayed } from "../../../embedded-aws/index.ts";
import type {
    Caller,
    CallJournal,
    EmbeddedWorld,
    Past,
    RecordedProgram,
} from "../../../embedded-aws/index.ts";
import { CommandError } from "../../lib/command-error.ts";
import { DEFAULT_SEED } from "../options.ts";
import { FORMAT, StateFiles, unusable } from "./files.ts";
import type { Beginning } from "./files.ts";

export class State {
    /** How many calls were brought back. */
    broughtBack = 0;
    private readonly files: StateFiles;
    private readonly version: string;
    private readonly now: () => number;
    /** Ends the run: what cannot be kept must not go on. */
    private fail: (error: Error) => void = () => undefined;

    /**
     * @param version of Turnstile
     * @param now the time of the world outside, in milliseconds since 1970
     */
    constructor(directory: string, version: string, now = Date.now) {
        this.files = new StateFiles(directory);
        this.version = version;
        this.now = now;
    }

    get directory(): string {
        return this.files.directory;
    }

    /** How the kept stack began, or how one begins now. */
    beginning(now: Omit<Beginning, "format" | "version">): Beginning {
        if (!this.files.beginning) this.files.begin({ format: FORMAT, version: this.version, ...now });
        return this.files.beginning as Beginning;
    }

    /** The seed of the kept stack, from which its names follow. Throws if another one is asked for. */
    seed(asked: number): number {
        const kept = this.files.beginning?.seed ?? asked;
        if (kept === asked || asked === DEFAULT_SEED) return kept;
        throw unusable(this.directory, `it began with --seed ${kept}, not ${asked}`);
    }

    /** Brings an account that was opened as at the beginning to where it stood, and on to the present. */
    async resume(world: EmbeddedWorld, program: RecordedProgram, guest: Caller): Promise<void> {
        this.fail = (error) => world.fail(error);
        const began = this.files.beginning as Beginning;
        let latest = began.program;
        const past = function* (this: State): Generator<Past> {
            for (const line of this.files.lines()) {
                if ("call" in line) {
                    this.broughtBack++;
                    yield replayed(world, line.call, guest);
                } else {
                    latest = line.deploy;
                    yield { time: line.time, after: line.after, task: () => deploy(world, line.deploy) };
                }
            }
        };
        await world.clock.replay(past.call(this)).catch((error: unknown) => this.cannotReplay(error, began));
        await world.clock.catchUp(Math.max(world.clock.now(), this.files.lastAnswer, this.now()));
        if (isDeepStrictEqual(latest, plain(program))) return;
        await deploy(world, program).catch((error: unknown) => this.cannotDeploy(error));
        const { clock } = world;
        await this.files.keep({ deploy: program, time: clock.now(), after: clock.handled });
    }

    readonly journal: CallJournal = {
        keep: async (call) => {
            try {
                const kept = this.files.keep({ call });
                this.files.lastAnswer = call.time;
                await kept;
            } catch (error) {
                this.fail(error as Error);
                throw error;
            }
        },
        looked: (time) => {
            this.files.lastAnswer = time;
        },
    };

    close(): void {
        this.files.close();
    }

    private cannotReplay(error: unknown, { version }: Beginning): never {
        if (!(error instanceof ReplayError)) throw error;
        throw new CommandError(
            "state-of-another-version",
            `The state in ${this.directory} cannot be brought back: ${error.message}. It was begun by Turnstile ${version}, this is ${this.version}. Nothing was changed.`,
            { hint: "Use the version that wrote it, or begin with an empty folder." },
        );
    }

    private cannotDeploy(error: unknown): never {
        throw new CommandError(
            "cannot-redeploy",
            `The program has changed, and the kept stack cannot change with it: ${(error as Error).message}`,
            { hint: "Go back to the program as it was, or begin with an empty folder." },
        );
    }
}

async function deploy(world: EmbeddedWorld, program: RecordedProgram): Promise<void> {
    await world.deploy(program);
}

/** As it is read back from JSON. */
function plain(program: RecordedProgram): RecordedProgram {
    return JSON.parse(JSON.stringify(program)) as RecordedProgram;
}
