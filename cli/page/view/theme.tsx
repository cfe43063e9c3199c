/** Light and dark: as the system says, until somebody switches. What is drawn on a canvas is drawn again after a change. */
import { useEffect, useState } from "preact/hooks";

const CHANGED = "themechange";

const prefersDark = matchMedia("(prefers-color-scheme: dark)");
prefersDark.addEventListener("change", () => document.dispatchEvent(new Event(CHANGED)));

function isDark(): boolean {
    const chosen = document.documentElement.dataset["theme"];
    return chosen === undefined ? prefersDark.matches : chosen === "dark";
}

export function ThemeSwitch() {
    const dark = useDark();
    const other = dark ? "light" : "dark";
    const change = (): void => {
        document.documentElement.dataset["theme"] = other;
        document.dispatchEvent(new Event(CHANGED));
    };
    return (
        <button type="button" class="quiet" onClick={change}>
            {dark ? "Light" : "Dark"}
        </button>
    );
}

/** Whether the page is dark; a component that uses it is drawn again when that changes. */
export function useDark(): boolean {
    const [dark, setDark] = useState(isDark);
    useEffect(() => {
        const look = (): void => setDark(isDark());
        document.addEventListener(CHANGED, look);
        return () => document.removeEventListener(CHANGED, look);
    }, []);
    return dark;
}

/** The colour that the style gives a name. */
export function color(name: string): string {
    return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
