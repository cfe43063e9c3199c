"use strict";
// Without a file named, mocha runs conformance/ recursively. Servers are started and programs installed: minutes, not seconds.
module.exports = {
    extension: ["conformance.ts"],
    spec: ["conformance/"],
    recursive: true,
    reporter: "test/reporter.ts",
    // The messages of node:assert show the difference already.
    diff: false,
    timeout: 600_000,
    slow: 60_000,
    forbidOnly: Boolean(process.env.CI),
};
