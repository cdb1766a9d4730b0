"""Draws the demonstration products: a flat 512x512 SVG of a shape in a palette, the same for the same product always.

A shape is a fragment in `shapes/`, drawn around the middle of the canvas, standing on y = 420, and coloured mostly through
the classes and gradients defined here: l m d a p k for light, main, dark, accent, paper and ink fills (with s before: as a
stroke), h for a highlight, s for a shadow; `round`, `roundv`, `soft`, `deep`, `ball`, `cap`, `metal`, `glass`, `wood` ... for
gradients; `#label` and `#mark` for the brand's label, centred on the origin.
"""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path
from string import Template
from xml.sax.saxutils import escape

import yaml

_FOLDER = Path(__file__).parent
_CANVAS = Template(
    """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 512 512" width="512" height="512" role="img">
<title>$title</title>
<style>
.l{fill:$light}.m{fill:$main}.d{fill:$dark}.a{fill:$accent}.p{fill:$paper}.k{fill:$ink}
.sl,.sm,.sd,.sa,.sp,.sk{fill:none}
.sl{stroke:$light}.sm{stroke:$main}.sd{stroke:$dark}.sa{stroke:$accent}.sp{stroke:$paper}.sk{stroke:$ink}
.h{fill:#fff;opacity:.38}.s{fill:$ink;opacity:.13}
text{font-family:Georgia,'Noto Serif',serif;text-anchor:middle;fill:$ink}
</style>
<defs>
<linearGradient id="sky" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="$sky"/><stop offset="1" stop-color="$ground"/></linearGradient>
<linearGradient id="round"><stop offset="0" stop-color="$dark"/><stop offset=".1" stop-color="$main"/><stop offset=".3" stop-color="$light"/><stop offset=".62" stop-color="$main"/><stop offset="1" stop-color="$dark"/></linearGradient>
<linearGradient id="roundv" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="$main"/><stop offset=".25" stop-color="$light"/><stop offset=".6" stop-color="$main"/><stop offset="1" stop-color="$dark"/></linearGradient>
<linearGradient id="soft" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="$light"/><stop offset=".7" stop-color="$main"/></linearGradient>
<linearGradient id="deep" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="$main"/><stop offset="1" stop-color="$dark"/></linearGradient>
<radialGradient id="ball" cx=".36" cy=".3" r=".78"><stop offset="0" stop-color="$light"/><stop offset=".5" stop-color="$main"/><stop offset="1" stop-color="$dark"/></radialGradient>
<radialGradient id="moon" cx=".4" cy=".36" r=".75"><stop offset="0" stop-color="#fffdf0"/><stop offset=".6" stop-color="#fff0be"/><stop offset="1" stop-color="$main"/></radialGradient>
<linearGradient id="cap"><stop offset="0" stop-color="#d9d2c9"/><stop offset=".3" stop-color="#fffdf9"/><stop offset="1" stop-color="#c4bbb0"/></linearGradient>
<linearGradient id="metal"><stop offset="0" stop-color="#9aa4ad"/><stop offset=".35" stop-color="#f4f6f8"/><stop offset=".6" stop-color="#c3cad1"/><stop offset="1" stop-color="#868f98"/></linearGradient>
<linearGradient id="metalv" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#c3cad1"/><stop offset=".35" stop-color="#f4f6f8"/><stop offset="1" stop-color="#868f98"/></linearGradient>
<linearGradient id="glass"><stop offset="0" stop-color="#fff" stop-opacity=".75"/><stop offset=".5" stop-color="#fff" stop-opacity=".35"/><stop offset="1" stop-color="$light" stop-opacity=".7"/></linearGradient>
<linearGradient id="lens" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="$light"/><stop offset=".5" stop-color="$main"/><stop offset="1" stop-color="$accent"/></linearGradient>
<linearGradient id="wood" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="#e2bd8b"/><stop offset="1" stop-color="#b98550"/></linearGradient>
<g id="label"><rect x="-52" y="-60" width="104" height="120" rx="8" class="p"/><rect x="-46" y="-54" width="92" height="108" rx="5" fill="none" stroke="$dark" stroke-opacity=".35" stroke-width="1.5"/><text y="2" font-size="52">$initial</text><path d="M-24 16h48" stroke="$dark" stroke-width="1.5" stroke-opacity=".6"/><text y="33" font-size="$size" letter-spacing="1">$brand</text>$motif</g>
<g id="mark"><circle r="26" class="p"/><circle r="22" fill="none" stroke="$dark" stroke-opacity=".4" stroke-width="1.5"/><text y="9.5" font-size="28">$initial</text></g>
</defs>
<rect width="512" height="512" fill="url(#sky)"/>
<circle cx="$x" cy="$y" r="$r" fill="#fff" opacity=".45"/><circle cx="$far_x" cy="$far_y" r="$far_r" class="l" opacity=".3"/>
<path d="M0 ${floor}Q256 $rise 512 ${floor}V512H0Z" fill="#fff" opacity=".42"/>
$shape</svg>
"""  # noqa: E501 - a line per gradient is easier to read than folded ones
)
_MOTIFS = (
    '<g class="m"><circle cx="-14" cy="44" r="3"/><circle cy="44" r="3"/><circle cx="14" cy="44" r="3"/></g>',
    '<path class="m" d="M0 38c8 2 12 6 14 11-8 0-12-2-14-6-2 4-6 6-14 6 2-5 6-9 14-11z"/>',
    '<path class="sm" stroke-width="3" stroke-linecap="round" d="M-18 45q6-7 12 0t12 0 12 0"/>',
    '<path class="m" d="M0 37l4 6 7-1-4 6 4 4h-22l4-4-4-6 7 1z"/>',
)


@cache
def palettes() -> dict[str, dict[str, str]]:
    """The palettes by name, each a mapping of part to #rrggbb."""
    loaded: dict[str, dict[str, str]] = yaml.safe_load((_FOLDER / "palettes.yml").read_text(encoding="utf-8"))
    return loaded


@cache
def shapes() -> frozenset[str]:
    """Names of the shapes that can be drawn."""
    return frozenset(path.stem for path in (_FOLDER / "shapes").glob("*.svg"))


@cache
def _shape(name: str) -> str:
    return (_FOLDER / "shapes" / f"{name}.svg").read_text(encoding="utf-8")


def draw(*, seed: str, shape: str, palette: str, brand: str, title: str) -> str:
    """A whole SVG document. `seed` (a product id) varies the background and the label; KeyError for an unknown palette.

    Raises FileNotFoundError for an unknown shape.
    """
    chance = random.Random(seed)
    left = chance.random() < 0.5
    near_x = chance.randint(150, 210) if left else chance.randint(300, 360)
    return _CANVAS.substitute(
        palettes()[palette],
        paper="#fffdf9",
        ink="#2f2a28",
        title=escape(title),
        brand=escape(brand.upper()),
        initial=escape(brand[0].upper()),
        size=round(min(13.0, 104 / len(brand)), 1),
        motif=chance.choice(_MOTIFS),
        x=near_x,
        y=chance.randint(170, 220),
        r=chance.randint(150, 180),
        far_x=512 - near_x + chance.randint(-30, 30),
        far_y=chance.randint(70, 130),
        far_r=chance.randint(36, 64),
        floor=chance.randint(372, 388),
        rise=chance.randint(340, 372),
        shape=_shape(shape),
    )
