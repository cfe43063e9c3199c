#!/usr/bin/env node
/** Starts the provider: Pulumi's engine runs it with the engine's address, and talks to it from then on. */
import { readFileSync } from "node:fs";
import { main } from "@pulumi/pulumi/provider/index.js";
import { TurnstileProvider } from "./provider.ts";

const schema = readFileSync(new URL("schema.json", import.meta.url), "utf8");

void main(new TurnstileProvider(schema), process.argv.slice(2));
