/**
 * Changes from the page: each is a command of `turnstile`, which says what it will do and waits for a yes. What the person
 * says yes to is what the command holds in its hands, so nothing that happened meanwhile is changed unseen.
 */
import { randomUUID } from "node:crypto";
import { InvalidArgumentError } from "commander";
import { MAX_LIMIT } from "../../../slots/table.ts";
import { CommandError } from "../../lib/command-error.ts";
import { EXIT } from "../../lib/exit-codes.ts";
import type { LiveOutcome } from "../../page/live-data.ts";
import { cancel } from "../cancel.ts";
import { free } from "../free.ts";
import { limit, pause, resetLimit, resume } from "../limit.ts";
import type { OverrideOptions } from "../limit.ts";
import { retry } from "../retry.ts";
import type { Session } from "../session.ts";
import { toSeconds } from "../spans.ts";
import { Asking } from "./commands.ts";

/** Questions that wait for an answer at most; the oldest is answered with no. */
const MOST_OPEN = 8;

/** Longer than that nobody thinks about an answer: letters show again by themselves soon after. Milliseconds. */
const OPEN_FOR = 240_000;

interface Open {
    readonly asking: Asking;
    readonly at: number;
}

export class Changes {
    private readonly session: Session;
    private readonly passed: () => number;
    private readonly open = new Map<string, Open>();

    /** @param passed milliseconds, by a clock that never steps back */
    constructor(session: Session, passed: () => number) {
        this.session = session;
        this.passed = passed;
    }

    /** Says what would happen, and asks; or says that there is nothing to do. */
    async begin(change: unknown): Promise<LiveOutcome> {
        const asking = new Asking(this.session, commandOf(change));
        const text = await asking.asks;
        if (text === undefined) return asking.ends;
        const question = randomUUID();
        this.open.set(question, { asking, at: this.passed() });
        const [oldest] = this.open.keys();
        if (this.open.size > MOST_OPEN && oldest !== undefined) await this.answer(oldest, false);
        return { question, text };
    }

    async answer(question: string, isYes: boolean): Promise<LiveOutcome> {
        const found = this.open.get(question);
        this.open.delete(question);
        if (!found) throw wrong("There is no such question; nothing was changed. Begin again.");
        const isLate = this.passed() - found.at > OPEN_FOR;
        found.asking.answer(isYes && !isLate);
        const { code, text } = await found.asking.ends;
        return { code, text: isYes && isLate ? `The answer came too late. ${text}` : text };
    }

    /** Answers every question with no. */
    async close(): Promise<void> {
        await Promise.all([...this.open.keys()].map((question) => this.answer(question, false)));
    }
}

const KEYS = ["command", "limit", "for", "reason", "ids", "drop"];

/** The command that a request means. Throws unless it is one, with what it takes. */
function commandOf(change: unknown): (session: Session) => Promise<number> {
    if (typeof change !== "object" || change === null) throw wrong("A change must be an object.");
    const fields = change as Readonly<Record<string, unknown>>;
    const unknown = Object.keys(fields).find((key) => !KEYS.includes(key));
    if (unknown !== undefined) throw wrong(`A change has no ${unknown}.`);
    const options = overrideOf(fields);
    switch (fields["command"]) {
        case "pause":
            return (session) => pause(session, options);
        case "resume":
            return (session) => resume(session, {});
        case "reset":
            return (session) => resetLimit(session, {});
        case "limit": {
            const number = numberOf(fields["limit"]);
            return (session) => limit(session, number, options);
        }
        case "retry": {
            const ids = idsOf(fields["ids"]);
            return (session) => retry(session, ids, {});
        }
        case "cancel": {
            const [id] = oneOf(fields["ids"]);
            const reason = overrideOf({ reason: fields["reason"] });
            return (session) => cancel(session, id, { ...reason, drop: fields["drop"] === true });
        }
        case "free": {
            // Without --force: what nothing can prove is for the terminal, where the holder's name is typed.
            const [id] = oneOf(fields["ids"]);
            return (session) => free(session, id, {});
        }
        default:
            throw wrong("The command must be pause, resume, limit, reset, retry, cancel or free.");
    }
}

function overrideOf({ for: span, reason }: Readonly<Record<string, unknown>>): OverrideOptions {
    if (reason !== undefined && typeof reason !== "string") throw wrong("The reason must be a text.");
    if (span !== undefined && typeof span !== "string") throw wrong("The time must be a text.");
    try {
        return {
            ...(span !== undefined && { for: toSeconds(span) }),
            ...(reason !== undefined && reason.trim() !== "" && { reason }),
        };
    } catch (error) {
        throw error instanceof InvalidArgumentError ? wrong(error.message) : error;
    }
}

function numberOf(value: unknown): number {
    if (Number.isInteger(value) && Number(value) >= 0 && Number(value) <= MAX_LIMIT) return Number(value);
    throw wrong(`The limit must be a whole number from 0 to ${MAX_LIMIT}.`);
}

function idsOf(value: unknown): string[] {
    const isList = Array.isArray(value) && value.length > 0;
    if (isList && value.every((id) => typeof id === "string" && id !== "")) return value as string[];
    throw wrong("The ids must be a list of texts.");
}

function oneOf(value: unknown): readonly [string] {
    const [id = "", ...others] = idsOf(value);
    if (others.length > 0) throw wrong("Only one is changed at a time.");
    return [id];
}

function wrong(message: string): CommandError {
    return new CommandError("wrong-change", message, { exitCode: EXIT.usage });
}
