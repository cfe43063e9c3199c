/**
 * Ends the run in order when it is told to end, by Ctrl-C for example: servers and temporary folders go with the process when it
 * exits, but a signal that nobody handles would end it without. 128 and the signal's number is the shells' exit code for that.
 */
for (const [signal, code] of [
    ["SIGHUP", 129],
    ["SIGINT", 130],
    ["SIGTERM", 143],
] as const) {
    process.once(signal, () => process.exit(code));
}
