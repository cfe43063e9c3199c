import { table } from "../documented.ts";
import { cases } from "./documented-cases.ts";
import { run } from "./documented-run.ts";

table("Glue", cases, run);
