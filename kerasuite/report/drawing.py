"""matplotlib in the suite's theme: drawn with roles for colours, written as adaptive SVG.

with drawing.theme():
    canvas = drawing.canvas(640, 320)
    axes = canvas.subplots()
    axes.plot(values, color=drawing.colour("series-1"))
    return drawing.finish(canvas, "name", "Title", "What it shows.")
"""

import contextlib
import io
import re
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from kerasuite.report import theme as themes
from kerasuite.report.figure import Figure
from kerasuite.report.words import clean

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

SVG = "http://www.w3.org/2000/svg"
XLINK = "{http://www.w3.org/1999/xlink}href"
# The class on the root of every figure made here; pages inline these and no others.
CLASS = "ks-figure"
OPENING = f'<svg xmlns="{SVG}" class="{CLASS}"'
# Drawn in impossible colours, which `finish` replaces by the CSS of the role.
_SENTINELS = {role: f"#01{i:02x}fe" for i, role in enumerate(themes.ROLES)}
_ROLE_OF = {sentinel: role for role, sentinel in _SENTINELS.items()}
_SENTINEL = re.compile("#01[0-9a-f]{2}fe")
_FONT = re.compile(r"font-family:[^;\"]*")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
# Colours in pixels that cannot follow the scheme: in the middle, to be seen on both.
MIDTONE = (74, 138, 203)
MIDTONE_NEGATIVE = (214, 118, 46)


def colour(role: str) -> str:
    """A colour for matplotlib that stands for `role` (see `theme.ROLES`) in the finished SVG."""
    return _SENTINELS[role]


def series(index: int) -> str:
    """The colour of the line or bar of this place in a chart; the eight colours repeat."""
    return _SENTINELS[themes.SERIES[index % len(themes.SERIES)]]


@contextlib.contextmanager
def theme() -> Iterator[None]:
    """Within this block, matplotlib draws in the suite's style."""
    import matplotlib

    ink, muted, line = colour("ink"), colour("muted"), colour("line")
    settings = {
        "svg.fonttype": "none",
        "svg.hashsalt": "kerasuite",
        # Names of classes may hold dollars; nothing in a report is TeX.
        "text.parse_math": False,
        "font.family": "DejaVu Sans",
        "font.size": 11,
        "text.color": ink,
        "axes.edgecolor": line,
        "axes.labelcolor": muted,
        "axes.labelsize": 11,
        "axes.titlesize": 12,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.titlecolor": ink,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.spines.left": False,
        "axes.grid": True,
        "axes.grid.axis": "y",
        "axes.axisbelow": True,
        "axes.formatter.use_mathtext": False,
        "grid.color": line,
        "grid.linewidth": 0.8,
        "lines.linewidth": 2,
        "lines.solid_capstyle": "round",
        "xtick.color": line,
        "ytick.color": line,
        "xtick.labelcolor": muted,
        "ytick.labelcolor": muted,
        "xtick.labelsize": 11,
        "ytick.labelsize": 11,
        "ytick.major.size": 0,
        "legend.frameon": False,
        "legend.labelcolor": ink,
    }
    with matplotlib.rc_context(settings):
        yield


def canvas(width: float, height: float, layout: str | None = "constrained") -> "Canvas":
    """An empty matplotlib figure of so many CSS pixels.

    Args:
        width, height: size in pixels; texts of size 11 are 11 pixels high.
        layout: matplotlib's layout engine, or None to place the axes by hand.
    """
    # Not pyplot: it keeps global state and looks for a display.
    from matplotlib.figure import Figure as Canvas

    return Canvas(figsize=(width / 72, height / 72), dpi=72, layout=layout)


def bare(axes: "Axes") -> None:
    """Removes ticks, grid and frame, for pictures and heat maps."""
    axes.grid(False)
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)


def finish(canvas: "Canvas", name: str, title: str, caption: str) -> Figure:
    """Writes a canvas as an SVG that adapts to light and dark and can share a page.

    Args:
        canvas: the drawn figure, from `canvas`.
        name: file name without ending; it also makes the ids inside the SVG unique.
        title: heading of the figure, and its text for screen readers.
        caption: what it shows and how to read it.

    Returns:
        The figure. The same drawing always gives the same bytes.
    """
    file = io.BytesIO()
    nothing: dict[str, Any] = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    with warnings.catch_warnings():
        # The reader's browser has the glyphs that the measuring font lacks.
        warnings.filterwarnings("ignore", message="Glyph")
        canvas.savefig(file, format="svg", transparent=True, metadata=nothing)
    root = ElementTree.fromstring(_valid_xml(file.getvalue()))
    _adapt_root(root, title)
    _adapt_styles(root)
    _isolate_ids(root, name)
    # The default namespace is written by hand: registering it would change the global table.
    text = ElementTree.tostring(root, encoding="unicode", short_empty_elements=True)
    return Figure(name, title, caption, text.encode())


def _valid_xml(data: bytes) -> bytes:
    """Without the document type, which names an address on the web."""
    return re.sub(rb"<!DOCTYPE[^>]*>", b"", data, count=1)


def _adapt_root(root: ElementTree.Element, title: str) -> None:
    width, height = root.get("viewBox", "").split()[2:]
    for element in root.iter():
        element.tag = element.tag.removeprefix(f"{{{SVG}}}")
    root.attrib.clear()
    root.attrib |= {
        "xmlns": SVG,
        "class": CLASS,
        "viewBox": f"0 0 {width} {height}",
        "width": width,
        "height": height,
        "role": "img",
        "aria-label": clean(title),
        "style": f"--ks-width:{width}px",
    }
    style = root.find("defs/style")
    if style is None:
        style = ElementTree.SubElement(root, "style")
    style.attrib.clear()
    # matplotlib's own rule here would apply to the whole page.
    style.text = (
        f"{themes.variables('.' + CLASS)}"
        f".{CLASS}{{color:var(--ks-ink)}}.{CLASS} *{{stroke-linejoin:round;stroke-linecap:butt}}"
    )


def _adapt_styles(root: ElementTree.Element) -> None:
    for element in root.iter():
        if style := element.get("style"):
            style = _FONT.sub(f"font-family:{themes.FONT}", style)
            element.set("style", _SENTINEL.sub(_css, style))
        if XLINK in element.attrib:
            element.set("href", re.sub(r"\s", "", element.attrib.pop(XLINK)))


def _css(match: re.Match[str]) -> str:
    return themes.css(_ROLE_OF[match[0]])


def _isolate_ids(root: ElementTree.Element, name: str) -> None:
    """Keeps the ids that are referred to, with the figure's name before them."""
    used = set()
    for element in root.iter():
        for key, value in element.attrib.items():
            if key == "href" and value.startswith("#"):
                used.add(value[1:])
                element.set(key, f"#{name}-{value[1:]}")
            elif found := _REFERENCE.findall(value):
                used.update(found)
                element.set(key, _REFERENCE.sub(rf"url(#{name}-\1)", value))
    for element in root.iter():
        if (own := element.attrib.pop("id", None)) in used:
            element.set("id", f"{name}-{own}")
