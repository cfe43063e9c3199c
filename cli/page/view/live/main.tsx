/** Starts the live page: what it may do stands in the page, everything else it asks its server for. */
import { render } from "preact";
import "uplot/dist/uPlot.min.css";
import type { LiveSetting } from "../../live-data.ts";
import { LiveApp } from "./app.tsx";
import "../page.css";
import "./live.css";

const setting = JSON.parse(document.getElementById("setting")?.textContent ?? "") as LiveSetting;
const view = document.getElementById("view");
if (view) {
    view.replaceChildren();
    render(<LiveApp setting={setting} />, view);
}
