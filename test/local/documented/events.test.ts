import { patterns, rules } from "./events-cases.ts";
import { runPattern, runRule } from "./events-run.ts";
import { table } from "./form.ts";

table("An event pattern", patterns, runPattern);
table("EventBridge", rules, runRule);
