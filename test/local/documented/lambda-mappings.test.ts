import { table } from "./form.ts";
import { cases } from "./lambda-mappings-cases.ts";
import { run } from "./lambda-mappings-run.ts";

table("An event source mapping", cases, run);
