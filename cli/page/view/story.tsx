/** What became of one message, phase by phase. */
import { useEffect, useRef } from "preact/hooks";
import { duration } from "../../lib/format.ts";
import type { Message } from "../messages.ts";
import { clockTime } from "../time-axis.ts";

export function Story({ message, close }: { readonly message: Message; readonly close: () => void }) {
    const dialog = useRef<HTMLDialogElement>(null);
    useEffect(() => dialog.current?.showModal(), []);
    const { label, id, group, state, waited, sent, end, spans, runs, cause, body } = message;
    return (
        <dialog
            class="story"
            aria-labelledby="story-title"
            ref={dialog}
            onClose={close}
            onClick={(event) => {
                // A click beside the page is one on the dialog itself.
                if (event.target === event.currentTarget) close();
            }}
        >
            <div class="page">
                <div class="head">
                    <h2 id="story-title">{label}</h2>
                    <button type="button" onClick={() => dialog.current?.close()}>
                        Close
                    </button>
                </div>
                <dl class="facts">
                    <Fact name="Outcome" value={state} />
                    <Fact name="Group" value={group} />
                    <Fact name="Waited" value={duration(waited / 1000)} />
                    <Fact name="Took in all" value={duration((end - sent) / 1000)} />
                    <Fact name="Message id" value={id} />
                </dl>
                {cause !== undefined && (
                    <>
                        <h3>Cause</h3>
                        <pre>{cause}</pre>
                    </>
                )}
                <h3>Story</h3>
                <ol>
                    <li>
                        <time>{clockTime(sent)}</time> sent
                    </li>
                    {spans.map(({ phase, from, to }) => (
                        <li key={from}>
                            <time>{clockTime(from)}</time> {phase}, {duration((to - from) / 1000)}
                        </li>
                    ))}
                    <li>
                        <time>{clockTime(end)}</time> {state}
                    </li>
                </ol>
                {runs.length > 0 && <h3>Glue runs</h3>}
                <ol>
                    {runs.map(([run, ended, why]) => (
                        <li key={run}>
                            {ended === "" ? "not ended" : ended} <code>{run}</code>
                            {why !== undefined && <pre>{why}</pre>}
                        </li>
                    ))}
                </ol>
                {body !== undefined && (
                    <details>
                        <summary>Body</summary>
                        <pre>{body}</pre>
                    </details>
                )}
            </div>
        </dialog>
    );
}

export function Fact({ name, value }: { readonly name: string; readonly value: string }) {
    return (
        <div>
            <dt>{name}</dt>
            <dd>{value}</dd>
        </div>
    );
}
