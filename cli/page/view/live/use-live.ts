/** The pool, read again and again while the page can be seen. What was read last stays, with its age. */
import { useEffect, useState } from "preact/hooks";
import type { LiveAnswer, LiveData, LiveProblem } from "../../live-data.ts";
import { problemOf, read, Refused } from "./server.ts";

export interface Live {
    readonly data: LiveData | undefined;
    /** When they were read, by the page's own clock. */
    readonly readAt: number;
    readonly problem: LiveProblem | undefined;
    /** Whether the server takes the page for somebody else's. */
    readonly isLockedOut: boolean;
    /** Reads at once. */
    readonly refresh: () => void;
}

type State = Omit<Live, "refresh">;

/** @param seconds from one reading to the next */
export function useLive(seconds: number): Live {
    const [state, setState] = useState<State>({
        data: undefined,
        readAt: 0,
        problem: undefined,
        isLockedOut: false,
    });
    const [refresh, setRefresh] = useState(() => (): void => undefined);
    useEffect(() => {
        const loop = new Loop(seconds, setState);
        setRefresh(() => () => loop.now());
        loop.now();
        const onVisible = (): void => {
            if (!document.hidden) loop.now();
        };
        document.addEventListener("visibilitychange", onVisible);
        return () => {
            document.removeEventListener("visibilitychange", onVisible);
            loop.end();
        };
    }, []);
    return { ...state, refresh };
}

class Loop {
    private readonly seconds: number;
    private readonly update: (change: (state: State) => State) => void;
    private timer: ReturnType<typeof setTimeout> | undefined;
    private isOver = false;
    private reading = false;

    constructor(seconds: number, update: (change: (state: State) => State) => void) {
        this.seconds = seconds;
        this.update = update;
    }

    now(): void {
        clearTimeout(this.timer);
        if (!this.reading && !this.isOver) void this.read();
    }

    end(): void {
        this.isOver = true;
        clearTimeout(this.timer);
    }

    private async read(): Promise<void> {
        this.reading = true;
        try {
            const { data, age = 0, problem } = await read<LiveAnswer>("/api/pool");
            this.update((state) => ({
                data: data ?? state.data,
                readAt: data ? performance.now() - age : state.readAt,
                problem,
                isLockedOut: false,
            }));
        } catch (error) {
            const isLockedOut = error instanceof Refused && error.status === 401;
            this.update((state) => ({ ...state, problem: problemOf(error), isLockedOut }));
            if (isLockedOut) this.isOver = true;
        }
        this.reading = false;
        // A page that nobody sees costs nothing: it reads again when it is shown.
        if (!this.isOver && !document.hidden) this.timer = setTimeout(() => this.now(), this.seconds * 1000);
    }
}

/** Milliseconds since the data were read, counted on each second. */
export function useAge(readAt: number): number {
    const [now, setNow] = useState(() => performance.now());
    useEffect(() => {
        setNow(performance.now());
        const timer = setInterval(() => setNow(performance.now()), 1000);
        return () => clearInterval(timer);
    }, [readAt]);
    return Math.max(0, now - readAt);
}
