"use strict";
const { parseArgs } = require("node:util");

// Servers are started and programs installed, which takes minutes. Mocha ignores an option that it does not know and runs everything; here
// such an option is refused.
const options = {
    config: { type: "string" },
    reporter: { type: "string" },
    timeout: { type: "string", short: "t" },
    grep: { type: "string", short: "g" },
    fgrep: { type: "string", short: "f" },
    invert: { type: "boolean", short: "i" },
    bail: { type: "boolean", short: "b" },
    "dry-run": { type: "boolean" },
    help: { type: "boolean", short: "h" },
    version: { type: "boolean", short: "V" },
};

module.exports = {
    extension: ["conformance.ts"],
    // Mocha runs these as well as what is named, so a name would narrow nothing.
    ...(named().length === 0 && { spec: ["conformance/"] }),
    recursive: true,
    require: ["conformance/signals.ts"],
    reporter: "test/reporter.ts",
    // The messages of node:assert show the difference already.
    diff: false,
    timeout: 600_000,
    slow: 60_000,
    forbidOnly: Boolean(process.env.CI),
};

/** The files and folders of the command line. */
function named() {
    try {
        return parseArgs({ options, allowPositionals: true }).positionals;
    } catch (error) {
        const known = Object.keys(options).map((name) => `--${name}`);
        const what = error.message.split(". ")[0];
        process.stderr.write(`conformance: ${what}; the options are ${known.join(", ")}\n`);
        return process.exit(2);
    }
}
