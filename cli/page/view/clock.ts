/** How a page writes moments: since the begin of a run, or by the clock on the wall. */
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { clockTime } from "../time-axis.ts";

/** @param step the distance to the next moment that is written, in milliseconds */
export type TimeText = (time: number, step?: number) => string;

export const Clock = createContext<TimeText>(clockTime);

export function useClock(): TimeText {
    return useContext(Clock);
}
