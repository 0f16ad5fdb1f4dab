"""Writes docs/demo.txt and docs/demo.svg: what `underkeel demo` says in a pipe, and its turning points.

python -m scripts.record_demo
"""

import re
import subprocess
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.text import Text

DOCS = Path(__file__).parents[1] / "docs"
WIDTH = 118
SHOWN = (r"HF 1\.49", r"-> \$1,830,", r"🔴 CRITICAL", r"0\.99", r"The end of")
"""The picture has the first moment in which each of these is said."""
COLOURS = {
    "🔴": "red",
    "🟠": "yellow",
    "🟡": "yellow",
    "🔵": "blue",
    "✅": "green",
    "—": "italic",
    "›": "bold blue",
}


def recorded() -> str:
    """The lines, and on standard output how soon they came."""
    begin = time.monotonic()
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "demo", "--plain"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        lines, told = [], set()
        for line in process.stdout:
            lines.append(line)
            for what, pattern in (("first line", "."), ("first alert", "[🔵🟠🔴] ")):
                if what not in told and re.search(pattern, line):
                    told.add(what)
                    print(f"{what}: {time.monotonic() - begin:.2f} s")
    print(f"the end: {time.monotonic() - begin:.2f} s")
    return "".join(lines)


def moments(text: str) -> list[str]:
    """The opening, then the turning points."""
    opening, *rest = text.split("\n\n")
    blocks = [f"{opening}\n{rest.pop(0)}"] if rest else [opening]
    blocks[0] = "\n".join(line for line in blocks[0].splitlines() if not line.startswith("    "))
    for pattern in SHOWN:
        found = next((i for i, block in enumerate(rest) if re.search(pattern, block)), None)
        if found is not None:
            block = "\n".join(rest[found:]) if pattern == SHOWN[-1] else rest[found]
            blocks.append(block)
            rest = rest[found + 1 :]
    return blocks


def draw(blocks: list[str]) -> str:
    console = Console(record=True, width=WIDTH, file=Path("/dev/null").open("w"), force_terminal=True)  # noqa: SIM115
    for number, block in enumerate(blocks):
        if number:
            console.print(Text("⋯", "bright_black"))
        for line in block.splitlines():
            first = line.strip()[:1]
            style = "bold" if " UTC · " in line and not line.startswith(" ") else COLOURS.get(first, "")
            console.print(Text(line, style))
    svg = console.export_svg(title="underkeel demo", unique_id="underkeel-demo")
    # The template fetches its fonts from elsewhere; a picture in a repository should fetch nothing.
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)


def main() -> None:
    text = recorded()
    (DOCS / "demo.txt").write_text(text, encoding="utf-8")
    (DOCS / "demo.svg").write_text(draw(moments(text)), encoding="utf-8")


if __name__ == "__main__":
    main()
