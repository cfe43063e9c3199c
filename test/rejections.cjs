"use strict";
// Mocha lets a promise that nobody waits for fail in silence; thrown, it fails the test that runs.
process.on("unhandledRejection", (reason) => {
    throw reason;
});
