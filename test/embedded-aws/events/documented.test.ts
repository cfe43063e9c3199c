import { patterns, rules } from "./documented-cases.ts";
import { runPattern, runRule } from "./documented-run.ts";
import { table } from "../documented.ts";

table("An event pattern", patterns, runPattern);
table("EventBridge", rules, runRule);
