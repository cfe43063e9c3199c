/** Starts the page: reads the data that stands in the file, and draws what needs a program. */
import { render } from "preact";
import "uplot/dist/uPlot.min.css";
import type { RunData } from "../data.ts";
import { App } from "./app.tsx";
import { ThemeSwitch } from "./theme.tsx";
import "./page.css";

const data = JSON.parse(document.getElementById("run")?.textContent ?? "") as RunData;
const theme = document.getElementById("theme");
const view = document.getElementById("view");
if (theme) render(<ThemeSwitch />, theme);
if (view) {
    view.replaceChildren();
    render(<App data={data} />, view);
}
