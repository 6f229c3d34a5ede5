"""Paint the two still scenes: `python scene/paint.py` writes static/scene-day.svg and scene-night.svg.

The drawing itself (scene.svg) was grown once by grow.mjs; colours are in colours.json.
"""

import json
import re
from pathlib import Path

HERE = Path(__file__).parent
STATIC = HERE.parent / "src" / "web" / "static"
TONES = ("m0", "m1", "m2", "t0", "t1", "t2", "t3", "t4", "t5")
HIDDEN = {"day": ".stars,.lamps{display:none}", "night": ".rays{display:none}"}
STROKES = (
    ".stem{{fill:none;stroke:{stem};stroke-width:1.3;stroke-linecap:round}}"
    ".limbs{{fill:none;stroke:{bark};stroke-linecap:round;stroke-linejoin:round}}"
)


def paint(time: str, colours: dict[str, str]) -> str:
    """The scene by day or by night, every colour written out."""
    drawing = (HERE / "scene.svg").read_text()
    tones = "".join(f".{tone}{{fill:{colours[tone]}}}" for tone in TONES)
    style = f"<style>{tones}{STROKES.format(**colours)}{HIDDEN[time]}</style>"
    coloured = re.sub(r"var\(--([\w-]+)\)", lambda found: colours[found.group(1)], drawing)
    return coloured.replace("<defs>", f"{style}<defs>", 1)


if __name__ == "__main__":
    palettes = json.loads((HERE / "colours.json").read_text())
    for time, colours in palettes.items():
        (STATIC / f"scene-{time}.svg").write_text(paint(time, colours))
