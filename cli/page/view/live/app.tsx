/** The live page from top to bottom: what is going on in a sentence, slots, curves, messages, dead letters. */
import { useCallback, useEffect, useState } from "preact/hooks";
import { dollars } from "../../../lib/format.ts";
import { MOST } from "../../live-data.ts";
import type { LiveData, LiveProblem, LiveSetting } from "../../live-data.ts";
import {
    ageText,
    offsetOf,
    sentenceOf,
    spokenOf,
    titleOf,
    wallTime,
    wholeSeconds,
    zoneName,
} from "../../live-messages.ts";
import type { Zone } from "../../live-messages.ts";
import { Clock } from "../clock.ts";
import { ThemeSwitch } from "../theme.tsx";
import { ChangeDialog } from "./change.tsx";
import type { Wish } from "./change.tsx";
import { Letters } from "./letters.tsx";
import { Limits } from "./limits.tsx";
import { Messages } from "./messages.tsx";
import { Numbers } from "./numbers.tsx";
import { Slots } from "./slots.tsx";
import { LiveStory } from "./story.tsx";
import { useAge, useLive } from "./use-live.ts";

export function LiveApp({ setting }: { readonly setting: LiveSetting }) {
    const live = useLive(setting.interval);
    const age = useAge(live.readAt);
    const [told, setTold] = useState<string>();
    const [wish, setWish] = useState<Wish>();
    const [zone, setZone] = useState<Zone>("local");
    const clock = useCallback((time: number, step?: number) => wallTime(time, step, zone), [zone]);
    const { data, problem } = live;
    const title = data ? titleOf(data) : "Turnstile";
    useEffect(() => {
        document.title = title;
    }, [title]);
    if (live.isLockedOut) return <LockedOut />;
    if (!data) return <Begin problem={problem} />;
    const { text, isStale } = ageText(age, setting.interval);
    const change = setting.isReadOnly ? undefined : setWish;
    return (
        <Clock.Provider value={clock}>
            <Head data={data} age={text} isReadOnly={setting.isReadOnly} zone={zone} setZone={setZone} />
            <main class={isStale || problem ? "stale" : ""}>
                {(problem ?? isStale) && <Stale problem={problem} age={age} />}
                <Situation data={data} />
                <Limits data={data} change={change} />
                <Numbers data={data} />
                <Slots data={data} tell={setTold} />
                <Messages data={data} tell={setTold} />
                <Letters data={data} hasBodies={setting.hasBodies} change={change} />
                <Foot setting={setting} data={data} />
            </main>
            {told !== undefined && (
                <LiveStory
                    id={told}
                    holder={data.slots.find(({ message }) => message === told)?.holder}
                    close={() => setTold(undefined)}
                    change={change}
                />
            )}
            {wish && (
                <ChangeDialog
                    wish={wish}
                    close={() => {
                        setWish(undefined);
                        live.refresh();
                    }}
                />
            )}
        </Clock.Provider>
    );
}

function Head({
    data: { stack, region, pool, job, now },
    age,
    isReadOnly,
    zone,
    setZone,
}: {
    readonly data: LiveData;
    readonly age: string;
    readonly isReadOnly: boolean;
    readonly zone: Zone;
    readonly setZone: (zone: Zone) => void;
}) {
    const other: Zone = zone === "UTC" ? "local" : "UTC";
    return (
        <header>
            <p class="product">
                Turnstile
                <span>
                    {" "}
                    · {stack} · {region} · pool {pool} · job {job}
                </span>
            </p>
            <p class="clock">
                {isReadOnly && <span class="badge">read-only</span>}
                <span>
                    {wallTime(now, 1000, zone)} {zoneName(now, zone)}, {age}
                </span>
                {offsetOf(now) !== 0 && (
                    <button type="button" class="quiet" onClick={() => setZone(other)}>
                        {other === "UTC" ? "UTC" : "Local time"}
                    </button>
                )}
                <ThemeSwitch />
            </p>
        </header>
    );
}

/** The one sentence, which is spoken when it becomes another one, and what else keeps messages from starting. */
function Situation({ data }: { readonly data: LiveData }) {
    const { kind, text } = sentenceOf(data);
    const [first, ...others] = data.reasons;
    const shown = kind === "good" ? [] : others;
    return (
        <div class="situation">
            <h1 class={`verdict ${kind}`}>
                <span class="mark" aria-hidden="true" />
                {text}
            </h1>
            <p class="unseen" role="status">
                {spokenOf(data)}
            </p>
            {kind !== "good" && first?.change !== undefined && <Mend change={first.change} />}
            {shown.map(({ code, text: also, change }) => (
                <p key={code}>
                    {code}: {also}
                    {change !== undefined && <Mend change={change} />}
                </p>
            ))}
            {data.missing.length > 0 && (
                <p class="muted">Not shown, because these credentials may not: {data.missing.join(", ")}</p>
            )}
        </div>
    );
}

function Mend({ change }: { readonly change: string }) {
    return (
        <span class="mend">
            {" "}
            <code>{change}</code>
        </span>
    );
}

function Stale({ problem, age }: { readonly problem: LiveProblem | undefined; readonly age: number }) {
    return (
        <p class="banner" role="alert">
            <strong>What you see is {wholeSeconds(age)} old.</strong> {problem?.message}
            {problem?.hint !== undefined && <span>{problem.hint}</span>}
        </p>
    );
}

function Begin({ problem }: { readonly problem: LiveProblem | undefined }) {
    return (
        <main>
            <div role="status">
                <h1>{problem ? "Nothing could be read yet." : "Reads the table…"}</h1>
            </div>
            {problem && (
                <p class="banner" role="alert">
                    {problem.message} {problem.hint}
                </p>
            )}
        </main>
    );
}

function LockedOut() {
    return (
        <main>
            <h1>This page has no key.</h1>
            <p>
                Open the whole address that <code>turnstile ui</code> or <code>turnstile serve</code> has
                printed. Each start has an address of its own.
            </p>
        </main>
    );
}

function Foot({ setting: { interval }, data }: { readonly setting: LiveSetting; readonly data: LiveData }) {
    return (
        <footer>
            One look every {interval} s for all pages that are open, none while nobody sees one: 3 items of
            the table, at most {MOST} rows of each kind, 2 queues, the latest runs. Messages that ended are
            shown for an hour.
            {data.lookDollars !== undefined &&
                ` While one is seen, AWS charges about ${dollars((data.lookDollars * 3600) / interval)} an hour.`}
            {data.hasMore && " There are more that have not ended than are shown."}
        </footer>
    );
}
