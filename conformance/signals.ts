/**
 * Exits in order on a signal such as Ctrl-C. The exit ends servers and removes temporary folders; a signal without a handler would skip
 * that. The exit code is 128 plus the signal's number, as in shells.
 */
for (const [signal, code] of [
    ["SIGHUP", 129],
    ["SIGINT", 130],
    ["SIGTERM", 143],
] as const) {
    process.once(signal, () => process.exit(code));
}
