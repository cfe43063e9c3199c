"use strict";

module.exports = {
    extension: ["pages.ts"],
    spec: ["test/pages/"],
    recursive: true,
    reporter: "test/reporter.ts",
    // The messages of node:assert show the difference already.
    diff: false,
    timeout: 120_000,
    slow: 20_000,
    forbidOnly: Boolean(process.env.CI),
};
