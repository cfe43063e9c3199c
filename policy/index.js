"use strict";
/**
 * The policy pack, as Pulumi starts it. Plain JavaScript with checked comments: Pulumi compiles the TypeScript of a pack with a
 * compiler of its own, and this needs none.
 */
const { PolicyPack } = require("@pulumi/policy");
const { POLICIES } = require("./policies.js");

new PolicyPack("turnstile", { enforcementLevel: "mandatory", policies: POLICIES });
