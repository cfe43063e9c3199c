"use strict";
/** Every policy of the pack, by its name. README.md says what each is for. */
const { alarmsSubscribed } = require("./rules/alarms.js");
const { jobWithoutRetries, runsAboveLimit } = require("./rules/jobs.js");
const { noPublicQueue } = require("./rules/queues.js");
const { settingsOwnedWhole } = require("./rules/settings.js");

/** @type {import("@pulumi/policy").Policies} */
const POLICIES = [settingsOwnedWhole, noPublicQueue, jobWithoutRetries, runsAboveLimit, alarmsSubscribed];

module.exports = { POLICIES };
