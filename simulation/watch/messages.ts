/**
 * Watches what becomes of each message. A message is known by its number, which its body has: a letter that is redriven is
 * the same work in another message.
 */
import type { ExecutionSummary, GlueRun } from "../../embedded-aws/index.ts";
import { messageIdOf } from "../../slots/holder.ts";
import { HOLDER_ARGUMENT, OUTCOME } from "../../slots/table.ts";
import type { Row } from "../../slots/table.ts";
import { MAX_ATTEMPTS, messageOf } from "../work.ts";
import type { Watched } from "./watched.ts";

export const MESSAGE_PROPERTIES = {
    oneOutcome: "a row that has ended keeps its outcome",
    notWhileRunning: "a message ends only when its job is over",
    starts: "a job is started once for each attempt",
    once: "every message ends exactly once: done, in the dead-letter queue, or cancelled by a person",
    cancelledIsUnstarted: "no job is started for a message after a person has cancelled it",
    oneLetter: "a message whose end is recorded gets no further dead letter",
    cause: "a dead letter names its cause: why it was refused, or the error of its run",
    doneIsDone: "a message is done only if its job succeeded",
    deadIsDead: "a message is dead-lettered only if its job did not succeed",
    cancelledIsCancelled: "a message ends as cancelled if a person has cancelled it, and only then",
    settled: "an execution that nobody redrove never finds its message ended",
    history: "an execution has at most 1,000 events",
    transitions: "in a run without faults an execution makes no more transitions than its runs need",
    spared: "in a run without faults a message is dead-lettered only after its attempts",
} as const;

/** A message in the dead-letter queue. */
export interface Letter {
    /** Its own id. */
    readonly id: string;
    readonly body: string;
    /** The id of the message that it is a letter of. */
    readonly messageId: string;
    readonly cause: string;
    /** The id of the run that decided. */
    readonly run: string;
}

const MAX_EVENTS = 1000;

/**
 * What an execution needs for a run: 8 transitions from joining the line to waiting for the next attempt, 2 for a wake-up in vain, 2
 * for a start that Glue refuses at first. And for its end: a dead letter takes 4, the rest is for starts that are refused again.
 */
const MAX_TRANSITIONS = { ofRun: 12, ofEnd: 24 };

/** The error of the workflow's state `Message already ended`. */
const ALREADY_ENDED = "MessageAlreadyEnded";

export class MessageWatch {
    /** How many messages with a number were accepted: one, and one for each redrive of its letter. */
    private readonly accepted = new Map<number, number>();
    /** The letters of each message, by its id. */
    private readonly letters = new Map<string, Set<string>>();
    /** The ids of messages whose rows say that they have ended. */
    private readonly recorded = new Set<string>();
    private readonly numberOf = new Map<string, number>();
    /** By number: the ids of its messages, those of them that have a letter, how many are done, and their runs. */
    private readonly messagesOf = new Map<number, Set<string>>();
    private readonly letteredOf = new Map<number, Set<string>>();
    private readonly doneOf = new Map<number, number>();
    private readonly cancelledOf = new Map<number, number>();
    /** The ids of messages that a person took out of the line. */
    private readonly cancelled = new Set<string>();
    private readonly runsOf = new Map<number, GlueRun[]>();
    /** The ids of messages whose execution a person redrove: it may repeat a job. */
    private readonly redriven = new Set<string>();
    /** The ids of messages whose rows people deleted: their ends are on no record, but each still has its attempts. */
    private readonly deleted = new Set<string>();
    /** The numbers of messages that may be gone: they were not started yet when people purged the queue. */
    private readonly purged = new Set<number>();
    /** How many transitions each execution has made, by its message. */
    private readonly transitions = new Map<string, number>();
    private readonly watched: Watched;

    constructor(watched: Watched) {
        this.watched = watched;
        watched.table.listen({ rowChanged: (before, after) => this.rowChanged(before, after) });
        watched.events.onRunStart((run) => this.runStarted(run));
        watched.events.onExecutionEnd((execution) => this.executionEnded(execution));
        if (watched.scenario.calmFrom === 0)
            watched.events.onTransition((execution) => this.hasMoved(messageIdOf(execution)));
    }

    wasSent(number: number): void {
        this.accepted.set(number, (this.accepted.get(number) ?? 0) + 1);
    }

    /** A letter was moved back to the work queue. */
    letterMoved(body: string): void {
        this.wasSent(numberIn(body));
    }

    /**
     * A letter was sent. Until the row says that its message has ended, whoever sent it may have died after that, and the letter
     * is sent again; SQS drops it within five minutes.
     */
    letterSent(letter: Letter): void {
        const { journal } = this.watched;
        const { body, messageId, id } = letter;
        const number = numberIn(body);
        const ids = this.letters.get(messageId) ?? new Set<string>();
        this.letters.set(messageId, ids);
        if (ids.has(id)) return;
        ids.add(id);
        journal.count(ids.size === 1 ? "letters" : "letters sent again");
        journal.note(`letter ${id} of message ${number}, ${messageId}`);
        addTo(this.letteredOf, number, messageId);
        this.checkCause(letter, number);
        if (ids.size > 1 && this.recorded.has(messageId) && !this.deleted.has(messageId))
            journal.violate(MESSAGE_PROPERTIES.oneLetter, `message ${number} gets letter ${ids.size}`, [
                messageId,
            ]);
    }

    private checkCause({ messageId, cause, run: id }: Letter, number: number): void {
        const { journal, scenario } = this.watched;
        const run = this.runsOf.get(number)?.find((each) => each.id === id);
        const error = run?.state === "FAILED" ? (run.errorMessage ?? "") : "";
        const expected = scenario.messages[number]?.isBad === true ? "MessageRefused" : error;
        if (cause !== "" && cause.includes(expected)) return;
        const what = `message ${number}, run ${id}: "${cause}", not "${expected}"`;
        journal.violate(MESSAGE_PROPERTIES.cause, what, [messageId]);
    }

    /** A person deletes the row of a message. */
    rowIsDeleted(name: string): void {
        this.deleted.add(name);
        const { ended, position = "" } = this.watched.table.rows.get(name) ?? {};
        this.watched.journal.count(`row deleted at ${ended === undefined ? position.split("#")[0] : "end"}`);
    }

    isDeleted(name: string): boolean {
        return this.deleted.has(name);
    }

    /** People purged the work queue. */
    queueIsPurged(): void {
        for (const [number, count] of this.accepted)
            if (count > (this.messagesOf.get(number)?.size ?? 0)) this.purged.add(number);
    }

    get wasPurged(): boolean {
        return this.purged.size > 0;
    }

    /** A person has ended the wait of a message's execution, and takes it out of the line. */
    wasCancelled(name: string): void {
        this.cancelled.add(name);
        this.watched.journal.count("cancelled by people");
    }

    /** A person redrives an execution. */
    wasRedriven(execution: string): void {
        this.redriven.add(messageIdOf(execution));
    }

    /** Of what a row's execution works on, once its run or its input has told. */
    learn(execution: string, number: number): void {
        const message = messageIdOf(execution);
        this.numberOf.set(message, number);
        addTo(this.messagesOf, number, message);
    }

    /** Where a message belongs in line, as text: by its priority, then in the order in which it was sent. */
    placeInLine(message: string): string {
        const number = this.numberOf.get(message) ?? -1;
        const { priority = 0 } = this.watched.scenario.messages[number] ?? {};
        return `${priority}#${String(number).padStart(6, "0")}`;
    }

    private executionEnded({ name: execution, status, error = "", events }: ExecutionSummary): void {
        const { journal } = this.watched;
        const name = messageIdOf(execution);
        journal.count(`execution ${status}`);
        journal.note(`execution ${name} ends: ${status} ${error}`);
        const mayFind = this.redriven.has(name) || this.deleted.has(name);
        if (error === ALREADY_ENDED && !mayFind) journal.violate(MESSAGE_PROPERTIES.settled, name, [name]);
        journal.counts.set("most events", Math.max(events, journal.counts.get("most events") ?? 0));
        if (events > MAX_EVENTS && !this.redriven.has(name))
            journal.violate(MESSAGE_PROPERTIES.history, `${name} has ${events}`, [name]);
    }

    /** Told of each transition in a run without faults. */
    private hasMoved(name: string): void {
        const transitions = (this.transitions.get(name) ?? 0) + 1;
        this.transitions.set(name, transitions);
        const runs = this.runsOf.get(this.numberOf.get(name) ?? -1)?.length ?? 0;
        if (transitions !== MAX_TRANSITIONS.ofRun * runs + MAX_TRANSITIONS.ofEnd + 1) return;
        const what = `${name}: ${transitions} for ${runs} runs`;
        this.watched.journal.violate(MESSAGE_PROPERTIES.transitions, what, [name]);
    }

    private rowChanged(before: Row | undefined, after: Row | undefined): void {
        const { journal, by } = this.watched;
        if (!after || after.ended === undefined) return;
        const name = after.name;
        if (before?.outcome !== undefined) {
            if (before.outcome !== after.outcome)
                journal.violate(
                    MESSAGE_PROPERTIES.oneOutcome,
                    `${by()} changed ${before.outcome} to ${String(after.outcome)} of ${name}`,
                    [name],
                );
            return;
        }
        this.recorded.add(after.messageId);
        journal.count(`closed ${String(after.outcome)} by ${by()}`);
        journal.note(`${by()} closes ${name}: ${String(after.outcome)}`);
        const number = this.numberOf.get(name);
        const isCancelled = after.outcome === OUTCOME.cancelled;
        if (isCancelled !== this.cancelled.has(name) && !this.redriven.has(name) && !this.deleted.has(name))
            journal.violate(
                MESSAGE_PROPERTIES.cancelledIsCancelled,
                `${by()} closes ${name} as ${String(after.outcome)}`,
                [name],
            );
        if (number !== undefined && isCancelled)
            this.cancelledOf.set(number, (this.cancelledOf.get(number) ?? 0) + 1);
        const runs = number === undefined ? [] : (this.runsOf.get(number) ?? []);
        const going = runs.find((run) => !run.isTerminal && messageOf(run) === name);
        if (going && !this.redriven.has(name) && !this.deleted.has(name))
            journal.violate(
                MESSAGE_PROPERTIES.notWhileRunning,
                `${name} ends while ${going.id} is ${going.state}`,
                [name, going.id],
            );
        if (number !== undefined && after.outcome === OUTCOME.done)
            this.doneOf.set(number, (this.doneOf.get(number) ?? 0) + 1);
    }

    private runStarted(run: GlueRun): void {
        if (run.arguments[HOLDER_ARGUMENT] === undefined) return;
        const number = Number(run.arguments["--number"]);
        const message = messageOf(run);
        if (this.cancelled.has(message) && !this.redriven.has(message))
            this.watched.journal.violate(MESSAGE_PROPERTIES.cancelledIsUnstarted, `${run.id} of ${message}`, [
                message,
                run.id,
            ]);
        const runs = this.runsOf.get(number) ?? [];
        this.runsOf.set(number, [...runs, run]);
        this.learn(messageOf(run), number);
    }

    /** Call at the end, when nothing is under way. */
    checkEnds(): void {
        for (const [number, count] of this.accepted) this.checkEnd(number, count);
    }

    private checkEnd(number: number, accepted: number): void {
        const { journal } = this.watched;
        const messages = [...(this.messagesOf.get(number) ?? [])];
        const about = [`message ${number}`, ...messages];
        const done = this.doneOf.get(number) ?? 0;
        const letters = this.letteredOf.get(number)?.size ?? 0;
        const cancelled = this.cancelledOf.get(number) ?? 0;
        const ended = done + letters + cancelled;
        const runs = this.runsOf.get(number) ?? [];
        if (messages.some((message) => this.deleted.has(message))) {
            if (!messages.some((message) => this.redriven.has(message)))
                this.checkStarts(number, runs, accepted, about);
            return;
        }
        if (this.purged.has(number) ? ended > accepted : ended !== accepted)
            journal.violate(
                MESSAGE_PROPERTIES.once,
                `message ${number}, accepted ${accepted} times, ended ${done} times as done, ${letters} times as letter and ${cancelled} times as cancelled`,
                about,
            );
        const succeeded = runs.filter(({ state }) => state === "SUCCEEDED").length;
        if (done > succeeded)
            journal.violate(
                MESSAGE_PROPERTIES.doneIsDone,
                `message ${number}: done ${done}, succeeded ${succeeded}`,
                about,
            );
        const work = this.watched.scenario.messages[number];
        const isSpared = work && !work.isBad && work.fails === 0 && this.watched.scenario.calmFrom === 0;
        if (isSpared && letters > 0)
            journal.violate(MESSAGE_PROPERTIES.spared, `message ${number} has a letter`, about);
        if (messages.some((message) => this.redriven.has(message))) return;
        if (succeeded > done)
            journal.violate(
                MESSAGE_PROPERTIES.deadIsDead,
                `message ${number}: succeeded ${succeeded}, done ${done}`,
                about,
            );
        this.checkStarts(number, runs, accepted, about);
    }

    private checkStarts(number: number, runs: readonly GlueRun[], accepted: number, about: string[]): void {
        const capacity = runs.filter(({ errorMessage = "" }) =>
            /concurrent capacity/.test(errorMessage),
        ).length;
        const started = runs.length - capacity;
        if (started > accepted * MAX_ATTEMPTS)
            this.watched.journal.violate(
                MESSAGE_PROPERTIES.starts,
                `message ${number}: ${started} runs`,
                about,
            );
    }
}

function addTo(sets: Map<number, Set<string>>, number: number, text: string): void {
    sets.set(number, (sets.get(number) ?? new Set<string>()).add(text));
}

/** The number that a message's body has; -1 if it has none. */
function numberIn(body: string): number {
    return Number(/"--number":"(\d+)"/.exec(body)?.[1] ?? -1);
}
