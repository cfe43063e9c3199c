/** Where one message is and why, from its arrival on: what `turnstile why` tells. */
import { useEffect, useRef, useState } from "preact/hooks";
import { duration } from "../../../lib/format.ts";
import type { LiveProblem, LiveStory as Told } from "../../live-data.ts";
import { useClock } from "../clock.ts";
import { Fact } from "../story.tsx";
import type { Wish } from "./change.tsx";
import { problemOf, read } from "./server.ts";

interface StoryProps {
    readonly id: string;
    /** The holder of the message's slot, if it has one. */
    readonly holder: string | undefined;
    readonly close: () => void;
    /** Absent on a page that only shows. */
    readonly change: ((wish: Wish) => void) | undefined;
}

export function LiveStory({ id, holder, close, change }: StoryProps) {
    const dialog = useRef<HTMLDialogElement>(null);
    const [told, setTold] = useState<Told>();
    const [problem, setProblem] = useState<LiveProblem>();
    const ask = async (): Promise<void> => {
        try {
            setTold(await read<Told>("/api/why", { message: id }));
            setProblem(undefined);
        } catch (error) {
            setProblem(problemOf(error));
        }
    };
    useEffect(() => {
        dialog.current?.showModal();
        void ask();
    }, []);
    return (
        <dialog
            class="story"
            aria-labelledby="story-title"
            ref={dialog}
            onClose={close}
            onClick={(event) => {
                // A click beside the page is one on the dialog itself.
                if (event.target === event.currentTarget) dialog.current?.close();
            }}
        >
            <div class="page">
                <div class="head">
                    <h2 id="story-title">{id}</h2>
                    <button type="button" onClick={() => dialog.current?.close()}>
                        Close
                    </button>
                </div>
                <div role="status">{!told && !problem && <p class="muted">Reads its story…</p>}</div>
                {problem && (
                    <p class="banner" role="alert">
                        {problem.message} {problem.hint}
                    </p>
                )}
                {told && <Story told={told} again={() => void ask()} />}
                {change && (
                    <Actions
                        told={told}
                        holder={holder}
                        change={(wish) => {
                            dialog.current?.close();
                            change(wish);
                        }}
                    />
                )}
            </div>
        </dialog>
    );
}

interface ActionsProps {
    readonly told: Told | undefined;
    readonly holder: string | undefined;
    readonly change: (wish: Wish) => void;
}

/** What one can do about it. Each only begins: it says what it would do, then asks. */
function Actions({ told, holder, change }: ActionsProps) {
    const isOpen = told?.message.outcome === null;
    if (!isOpen && holder === undefined) return null;
    return (
        <div class="actions" role="group" aria-label="Change this message">
            {isOpen && (
                <button
                    type="button"
                    onClick={() =>
                        change({
                            command: "cancel",
                            ids: [told.message.messageId],
                            ...(told.message.place !== null && { drop: false }),
                        })
                    }
                >
                    Stop it…
                </button>
            )}
            {holder !== undefined && (
                <button type="button" onClick={() => change({ command: "free", ids: [holder] })}>
                    Free its slot…
                </button>
            )}
        </div>
    );
}

function Story({ told, again }: { readonly told: Told; readonly again: () => void }) {
    const { message, start, basis, reasons, execution, runs, pages, now } = told;
    const clock = useClock();
    const minute = (moment: string): string => clock(Date.parse(moment), 60_000);
    return (
        <>
            <dl class="facts">
                <Fact name="Is" value={placeText(told)} />
                <Fact name="Group" value={message.group} />
                <Fact name="Attempt" value={String(message.attempt)} />
                {start && (
                    <Fact
                        name="Starts"
                        value={`about ${minute(start.at)} (${minute(start.from)} to ${minute(start.to)})`}
                    />
                )}
            </dl>
            {start && basis && (
                <p class="muted">
                    Of the last {basis.runs} runs, half took under {duration(basis.medianSeconds)}.
                </p>
            )}
            {reasons.length > 0 && <h3>Why</h3>}
            <ul class="reasons">
                {reasons.map(({ code, class: kind, text, change }) => (
                    <li key={code} class={kind}>
                        <strong>{code}</strong> {text}
                        {change !== undefined && (
                            <>
                                {" "}
                                <code>{change}</code>
                            </>
                        )}
                    </li>
                ))}
            </ul>
            {causeOf(execution) !== "" && message.outcome !== null && (
                <>
                    <h3>Cause</h3>
                    <pre>{causeOf(execution)}</pre>
                </>
            )}
            <h3>Story</h3>
            <ol>
                {eventsOf(told).map(([moment, text]) => (
                    <li key={`${moment} ${text}`}>
                        <time>{clock(Date.parse(moment))}</time> {text}
                    </li>
                ))}
            </ol>
            <Spent told={told} />
            {runs.some(({ cause }) => cause) && <h3>What Glue says</h3>}
            {runs.map(({ id, cause }) => (cause ? <pre key={id}>{`${id}\n${cause}`}</pre> : null))}
            <h3>Elsewhere</h3>
            <p>
                <code>turnstile why {message.messageId}</code>
            </p>
            <p>
                <a href={pages.execution} target="_blank" rel="noreferrer noopener">
                    Its execution in AWS’s console
                </a>
            </p>
            <p class="muted">
                As of {clock(Date.parse(now))}.{" "}
                <button type="button" onClick={again}>
                    Read again
                </button>
            </p>
        </>
    );
}

function placeText({ message, reasons }: Told): string {
    if (message.outcome === "deadLettered") return "dead-lettered";
    if (message.outcome !== null) return message.outcome;
    if (message.place !== null) return `waiting, ${message.place}. in line`;
    return reasons[0]?.code ?? "not ended";
}

function causeOf(execution: Told["execution"]): string {
    const { error, cause } = execution ?? {};
    return [error, cause].filter((part) => part !== undefined && part !== "").join(": ");
}

/** What happened when, in its order. */
function eventsOf({ message, runs }: Told): [moment: string, text: string][] {
    const events: [string | null, string][] = [
        [message.opened, "accepted"],
        [message.joined, message.attempt > 1 ? "joined the line again" : "joined the line"],
        ...runs.flatMap(({ startedOn, completedOn, state }, i): [string | null, string][] => [
            [startedOn, `run ${i + 1} started`],
            [completedOn, `run ${i + 1} ended: ${state}`],
        ]),
        [message.ended, message.outcome === "deadLettered" ? "dead-lettered" : (message.outcome ?? "ended")],
    ];
    return events
        .flatMap(([moment, text]): [string, string][] => (moment === null ? [] : [[moment, text]]))
        .sort(([one], [other]) => Date.parse(one) - Date.parse(other));
}

const SPENT: Readonly<Record<string, string>> = {
    inLine: "in line",
    backingOff: "backing off after a failed attempt",
    withoutCapacity: "while Glue had no capacity",
    steppingAside: "before it tried the table again",
    running: "with a slot",
    ending: "ending",
};

function Spent({ told: { spentSeconds } }: { readonly told: Told }) {
    const parts = Object.entries(spentSeconds ?? {})
        .filter(([, seconds]) => seconds >= 1)
        .sort(([, one], [, other]) => other - one);
    if (parts.length === 0) return null;
    return (
        <>
            <h3>Time spent</h3>
            <ul class="spent">
                {parts.map(([what, seconds]) => (
                    <li key={what}>
                        {duration(seconds)} {SPENT[what] ?? what}
                    </li>
                ))}
            </ul>
        </>
    );
}
