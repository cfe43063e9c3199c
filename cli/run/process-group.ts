/** A command and all processes that it started: a process group, known by the id of its first process. */
import { readFileSync, readdirSync } from "node:fs";

/** How often a group is looked at whose first process has ended, in milliseconds. */
const LOOK_MILLIS = 100;

/** Sends a signal to every process of a group; none is left: nothing happens. */
export function signalGroup(group: number, signal: NodeJS.Signals): void {
    try {
        process.kill(-group, signal);
    } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        // macOS says EPERM of a group in which all have ended and nobody has looked yet.
        if (code !== "ESRCH" && code !== "EPERM") throw error;
    }
}

/** Calls `gone` when no process of a group is left. */
export function whenGone(group: number, gone: () => void): void {
    if (!isAlive(group)) return gone();
    const timer = setInterval(() => {
        if (isAlive(group)) return;
        clearInterval(timer);
        gone();
    }, LOOK_MILLIS);
}

function isAlive(group: number): boolean {
    try {
        process.kill(-group, 0);
    } catch (error) {
        return (error as NodeJS.ErrnoException).code === "EPERM" && process.platform === "linux";
    }
    return process.platform !== "linux" || hasLivingProcess(group);
}

/** In a container without an init process, those that have ended stay in the group for good. */
function hasLivingProcess(group: number): boolean {
    let ids: string[];
    try {
        ids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
    } catch {
        return true;
    }
    return ids.some((id) => isLivingMember(id, group));
}

/** proc(5): the state and the process group are the first and the third field after the command in parentheses. */
function isLivingMember(id: string, group: number): boolean {
    try {
        const stat = readFileSync(`/proc/${id}/stat`, "utf8");
        const [state = "", , processGroup] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        return Number(processGroup) === group && !"ZX".includes(state);
    } catch {
        return false;
    }
}
