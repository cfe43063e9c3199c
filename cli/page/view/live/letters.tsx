/**
 * The dead letters by cause. A look at them hides them from others for a moment, so nobody looks unless somebody asks; their
 * number needs no look.
 */
import { useState } from "preact/hooks";
import { count, duration, plural } from "../../../lib/format.ts";
import type { LiveData, LiveLetter, LiveLetters, LiveProblem } from "../../live-data.ts";
import { agoText } from "../../live-messages.ts";
import type { Wish } from "./change.tsx";
import { post, problemOf } from "./server.ts";

interface Props {
    readonly data: LiveData;
    readonly hasBodies: boolean;
    readonly change: ((wish: Wish) => void) | undefined;
}

interface Looked {
    readonly letters?: LiveLetters;
    readonly problem?: LiveProblem;
    readonly isLooking?: boolean;
    /** By the clock of AWS. */
    readonly at?: number;
}

export function Letters({ data, hasBodies, change }: Props) {
    const [{ letters, problem, isLooking = false, at }, setLooked] = useState<Looked>({});
    const number = data.deadLetters;
    const look = async (): Promise<void> => {
        setLooked((before) => ({ ...before, isLooking: true }));
        try {
            setLooked({ letters: await post<LiveLetters>("/api/letters", {}), at: data.now });
        } catch (error) {
            setLooked({ problem: problemOf(error) });
        }
    };
    const isOld = letters !== undefined && number !== null && letters.total !== number;
    return (
        <section aria-labelledby="letters-title">
            <div class="section-head">
                <h2 id="letters-title">Dead letters</h2>
                {number !== 0 && (
                    <button
                        type="button"
                        disabled={isLooking}
                        onClick={() => void look()}
                        title="A look hides the letters from others for a moment."
                    >
                        {letters ? "Look again" : "Show the causes"}
                    </button>
                )}
            </div>
            {problem && <p class="banner">{problem.message}</p>}
            {number === 0 && <p class="muted">There are none.</p>}
            {number !== 0 && !letters && (
                <p class="muted">
                    {number === null ? "How many there are may not be seen." : plural(number, "dead letter")}
                    {number !== null && ". A look at their causes hides them from others for a moment."}
                </p>
            )}
            {letters && number !== 0 && (
                <>
                    <Causes letters={letters} now={data.now} hasBodies={hasBodies} change={change} />
                    <p class="muted">
                        {letterCount(letters)}, seen {agoText(data.now - (at ?? 0))}.
                        {isOld && " Their number has changed since."}
                    </p>
                </>
            )}
        </section>
    );
}

function letterCount({ items, total }: LiveLetters): string {
    const unseen = total - items.length;
    const more = unseen > 0 ? `; ${count(unseen)} more stand behind others of their group` : "";
    return `${plural(items.length, "dead letter")}${more}`;
}

interface CausesProps extends Pick<Props, "hasBodies" | "change"> {
    readonly letters: LiveLetters;
    readonly now: number;
}

function Causes({ letters, now, hasBodies, change }: CausesProps) {
    const age = (moment: string | null): string =>
        moment === null ? "?" : duration(Math.max(0, (now - Date.parse(moment)) / 1000));
    return (
        <ul class="causes">
            {letters.causes.map(({ cause, count: number, first, messageIds }) => (
                <li key={messageIds[0]}>
                    <div class="cause">
                        <pre>{cause}</pre>
                        <p class="muted">
                            {plural(number, "letter")}, the oldest {age(first)} ago
                        </p>
                    </div>
                    {change && (
                        <button type="button" onClick={() => change({ command: "retry", ids: messageIds })}>
                            {number === 1 ? "Retry…" : `Retry all ${count(number)}…`}
                        </button>
                    )}
                    <details>
                        <summary>Messages</summary>
                        <ul>
                            {letters.items
                                .filter(({ messageId }) => messageIds.includes(messageId))
                                .map((letter) => (
                                    <Letter
                                        key={letter.messageId}
                                        letter={letter}
                                        hasBodies={hasBodies}
                                        change={change}
                                    />
                                ))}
                        </ul>
                    </details>
                </li>
            ))}
        </ul>
    );
}

function Letter({
    letter: { messageId, group, attempts, cause },
    hasBodies,
    change,
}: { readonly letter: LiveLetter } & Pick<Props, "hasBodies" | "change">) {
    const [body, setBody] = useState<string>();
    const show = async (): Promise<void> => {
        try {
            const found = await post<{ body: string; isCut: boolean }>("/api/body", { message: messageId });
            setBody(found.isCut ? `${found.body}…` : found.body);
        } catch (error) {
            setBody(problemOf(error).message);
        }
    };
    return (
        <li>
            <p>
                <code>{messageId}</code> <span class="muted">group {group}</span>{" "}
                {attempts !== null && <span class="muted">{plural(attempts, "attempt")}</span>}
            </p>
            <pre>{cause}</pre>
            <div class="actions">
                {change && (
                    <button type="button" onClick={() => change({ command: "retry", ids: [messageId] })}>
                        Retry this one…
                    </button>
                )}
                {hasBodies && body === undefined && (
                    <button type="button" onClick={() => void show()}>
                        Show the body
                    </button>
                )}
            </div>
            {body !== undefined && <pre class="body">{body}</pre>}
        </li>
    );
}
