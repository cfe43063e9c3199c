/** How every command of the command line ends: one table for all, which docs/operate.md explains. */

export const EXIT = {
    /** Done; also an empty list. */
    done: 0,
    /** AWS, the network, a file that cannot be used, a job that failed in a run on this machine, or a fault of this program. */
    failed: 1,
    /** Unknown command or flag, a bad value, or a question with no terminal to ask it on and no `--yes`. */
    usage: 2,
    /** The person said no, a proof is missing, or somebody else was faster; nothing was changed. */
    declined: 3,
    /** AWS credentials are missing, expired or not sufficient. */
    credentials: 4,
    /** There is no such stack, message or holder, or the beginning of its id fits several. */
    notFound: 5,
    /** What was waited for did not come in time. */
    timedOut: 6,
    /** Part of it is done; the rest is listed. */
    partly: 7,
    /** A check failed. */
    checkFailed: 8,
    hungUp: 129,
    interrupted: 130,
    terminated: 143,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
