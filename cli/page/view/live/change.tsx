/**
 * A change, from the wish to its end: what it needs, what it will do, and only then the yes. The command waits on the server
 * with what it has shown; closing the dialog is a no.
 */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { LiveChange, LiveOutcome, LiveProblem } from "../../live-data.ts";
import { changeLine } from "../../live-messages.ts";
import { post, problemOf } from "./server.ts";

export type Wish = LiveChange;

const TITLES: Readonly<Record<Wish["command"], { readonly title: string; readonly yes: string }>> = {
    pause: { title: "Pause the pool", yes: "Pause" },
    resume: { title: "Resume", yes: "Resume" },
    limit: { title: "Another limit for a while", yes: "Set the limit" },
    reset: { title: "Back to the configured limit", yes: "Set the limit" },
    retry: { title: "Send dead letters again", yes: "Send again" },
    cancel: { title: "Stop this message", yes: "Stop it" },
    free: { title: "Free a slot", yes: "Free it" },
};

/** Whoever sends more letters than that types their number. */
const MANY = 20;

interface Step {
    readonly outcome?: LiveOutcome;
    readonly problem?: LiveProblem;
    readonly isBusy?: boolean;
}

export function ChangeDialog({ wish, close }: { readonly wish: Wish; readonly close: () => void }) {
    const dialog = useRef<HTMLDialogElement>(null);
    const [change, setChange] = useState<Wish>(wish);
    const [step, setStep] = useState<Step>({});
    const question = useRef<string>();
    const { title, yes } = TITLES[wish.command];
    const needsForm = ["pause", "limit", "cancel"].includes(wish.command);
    const go = async (path: string, body: object): Promise<void> => {
        setStep((before) => ({ ...before, isBusy: true }));
        question.current = undefined;
        try {
            const outcome = await post<LiveOutcome>(path, body);
            question.current = outcome.question;
            setStep({ outcome });
        } catch (error) {
            setStep({ problem: problemOf(error) });
        }
    };
    const answer = (isYes: boolean): Promise<void> =>
        go("/api/answer", { question: question.current, yes: isYes });
    useEffect(() => {
        dialog.current?.showModal();
        if (!needsForm) void go("/api/change", wish);
        const leave = (): void => {
            if (question.current !== undefined)
                void post("/api/answer", { question: question.current, yes: false });
        };
        addEventListener("pagehide", leave);
        return () => {
            removeEventListener("pagehide", leave);
            leave();
        };
    }, []);
    const isAsked = step.outcome?.question !== undefined;
    return (
        <dialog class="change" aria-labelledby="change-title" ref={dialog} onClose={close}>
            <h2 id="change-title">{title}</h2>
            {needsForm && !step.outcome && (
                <Form
                    change={change}
                    setChange={setChange}
                    isBusy={step.isBusy === true}
                    go={() => void go("/api/change", change)}
                />
            )}
            <div role="status">
                {step.isBusy === true && !step.outcome && <p class="muted">Looks what would happen…</p>}
                {step.outcome && <pre class={step.outcome.code ? "failed" : ""}>{step.outcome.text}</pre>}
            </div>
            {step.problem && (
                <p class="banner" role="alert">
                    {step.problem.message} {step.problem.hint}
                </p>
            )}
            {isAsked && (
                <p class="muted">
                    It is what this does: <code>{changeLine(change)}</code>
                </p>
            )}
            <Answers
                yes={isAsked ? yes : undefined}
                typed={wish.ids !== undefined && wish.ids.length > MANY ? String(wish.ids.length) : undefined}
                isBusy={step.isBusy === true}
                answer={() => void answer(true)}
                close={() => dialog.current?.close()}
            />
        </dialog>
    );
}

interface AnswersProps {
    /** What the button says that does it; absent: there is nothing to say yes to. */
    readonly yes: string | undefined;
    /** What the person types before. */
    readonly typed: string | undefined;
    readonly isBusy: boolean;
    readonly answer: () => void;
    readonly close: () => void;
}

function Answers({ yes, typed, isBusy, answer, close }: AnswersProps) {
    const [text, setText] = useState("");
    const button = useRef<HTMLButtonElement>(null);
    useLayoutEffect(() => {
        // Enter must not say yes to what was not read: the way out has the focus.
        if (yes !== undefined) button.current?.focus();
    }, [yes]);
    return (
        <>
            {yes !== undefined && typed !== undefined && (
                <label class="field">
                    Type {typed} to go on
                    <input
                        inputMode="numeric"
                        value={text}
                        onInput={(event) => setText(event.currentTarget.value)}
                    />
                </label>
            )}
            <div class="actions">
                <button type="button" ref={button} onClick={close}>
                    {yes === undefined ? "Close" : "Change nothing"}
                </button>
                {yes !== undefined && (
                    <button
                        type="button"
                        class="main"
                        disabled={isBusy || (typed !== undefined && text !== typed)}
                        onClick={answer}
                    >
                        {yes}
                    </button>
                )}
            </div>
        </>
    );
}

const SPANS = ["30m", "1h", "2h", "8h", "1d"];

interface FormProps {
    readonly change: Wish;
    readonly setChange: (change: Wish) => void;
    readonly isBusy: boolean;
    readonly go: () => void;
}

/** What a pause, a limit or a stop needs. Nothing is changed by it: next comes what would happen. */
function Form({ change, setChange, isBusy, go }: FormProps) {
    const { command, for: span = "", reason = "", limit, drop } = change;
    return (
        <form
            onSubmit={(event) => {
                event.preventDefault();
                go();
            }}
        >
            {limit !== undefined && (
                <label class="field">
                    Jobs at once
                    <input
                        type="number"
                        min={0}
                        max={1000}
                        required
                        value={limit}
                        onInput={(event) =>
                            setChange({ ...change, limit: event.currentTarget.valueAsNumber })
                        }
                    />
                </label>
            )}
            {command !== "cancel" && <Span span={span} {...{ change, setChange }} />}
            <label class="field">
                Reason, for those who find it
                <input
                    value={reason}
                    maxLength={200}
                    onInput={(event) => setChange({ ...change, reason: event.currentTarget.value })}
                />
            </label>
            {drop !== undefined && (
                <label class="check">
                    <input
                        type="checkbox"
                        checked={drop}
                        onChange={(event) => setChange({ ...change, drop: event.currentTarget.checked })}
                    />
                    Leave no dead letter: it ends as cancelled
                </label>
            )}
            <div class="actions">
                <button type="submit" class="main" disabled={isBusy}>
                    Show what it would do
                </button>
            </div>
        </form>
    );
}

/** Until when a limit holds. */
function Span({
    span,
    change,
    setChange,
}: Pick<FormProps, "change" | "setChange"> & { readonly span: string }) {
    const without = ({ for: _for, ...rest }: Wish): Wish => rest;
    return (
        <label class="field">
            For how long
            <select
                value={span}
                onChange={(event) => {
                    const { value } = event.currentTarget;
                    setChange(value === "" ? without(change) : { ...change, for: value });
                }}
            >
                <option value="">until somebody ends it</option>
                {SPANS.map((each) => (
                    <option key={each}>{each}</option>
                ))}
            </select>
        </label>
    );
}
