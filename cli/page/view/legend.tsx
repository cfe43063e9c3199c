/** What the colours and patterns of the bars mean, for the phases that occur in the run. */
import { useMemo } from "preact/hooks";
import { PHASES } from "../data.ts";
import type { Message } from "../messages.ts";
import { BarCanvas } from "./bar.tsx";

/** How wide a sample is, in milliseconds of its own. */
const SAMPLE = 24;

export function Legend({ messages }: { readonly messages: readonly Message[] }) {
    const phases = useMemo(() => {
        const seen = new Set(messages.flatMap(({ spans }) => spans.map(({ phase }) => phase)));
        return PHASES.filter((phase) => seen.has(phase));
    }, [messages]);
    const hasFailures = useMemo(() => messages.some(({ state }) => state === "failed"), [messages]);
    const hasFailedRuns = useMemo(
        () => messages.some(({ spans }) => spans.some(({ hasFailed }) => hasFailed)),
        [messages],
    );
    return (
        <ul class="legend">
            {phases.map((phase) => (
                <li key={phase}>
                    <BarCanvas
                        spans={[{ phase, from: 0, to: SAMPLE }]}
                        range={{ from: 0, to: SAMPLE }}
                        width={SAMPLE}
                        height={14}
                        failedAt={undefined}
                    />
                    {phase}
                </li>
            ))}
            {hasFailedRuns && (
                <li>
                    <BarCanvas
                        spans={[{ phase: "running", from: 0, to: SAMPLE, hasFailed: true }]}
                        range={{ from: 0, to: SAMPLE }}
                        width={SAMPLE}
                        height={14}
                        failedAt={undefined}
                    />
                    failed attempt
                </li>
            )}
            {hasFailures && (
                <li>
                    <BarCanvas
                        spans={[]}
                        range={{ from: 0, to: SAMPLE }}
                        width={SAMPLE}
                        height={14}
                        failedAt={SAMPLE / 2}
                    />
                    failed
                </li>
            )}
        </ul>
    );
}
