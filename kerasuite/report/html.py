"""From a template and values to one self-contained HTML page."""

import base64
import functools
import hashlib
import re
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from kerasuite.report import drawing, theme, words
from kerasuite.report.figure import Figure

TEMPLATES = Path(__file__).parent / "templates"
MEDIA = {"png": "image/png", "gif": "image/gif", "svg": "image/svg+xml"}


def render(template: str, **values: Any) -> bytes:
    """Fills a template.

    Args:
        template: file name below templates/.
        values: what the template shows. All text is escaped.

    Returns:
        The page as UTF-8. It asks for nothing outside itself, and says so to the browser, which
        then refuses to run or load anything that is not the template's own.
    """
    script = (TEMPLATES / "page.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    page = (
        _environment()
        .get_template(template)
        .render(
            # The suite's own files, not the user's: they are inserted as they are.
            style=Markup(theme.variables(":root") + (TEMPLATES / "page.css").read_text("utf-8")),
            script=Markup(script),
            policy="default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
            f"script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
            **values,
        )
    )
    # A name from an undecodable file name may hold what UTF-8 cannot.
    return page.encode("utf-8", errors="replace")


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: value if isinstance(value, Markup) else words.clean(value),
    )
    environment.filters |= {
        "readable": words.readable,
        "number": words.number,
        "duration": words.duration,
        "bytesize": words.size,
        "picture": picture,
        "width": width,
    }
    return environment


def picture(figure: Figure) -> Markup:
    """A figure as HTML: the suite's own SVG inline, anything else as an image by itself.

    Inline SVG follows the page's colours. Foreign SVG might carry scripts or ids of others'
    and is therefore kept inside an image.
    """
    if figure.kind == "svg" and _is_own(figure.data):
        return Markup(figure.data.decode("utf-8"))
    data = base64.b64encode(figure.data).decode()
    return Markup('<img class="{}" src="data:{};base64,{}" alt="{}">').format(
        "picture", MEDIA[figure.kind], data, words.clean(figure.title)
    )


def width(figure: Figure) -> int:
    """Width in pixels that a figure of the suite was drawn for, 0 if unknown."""
    opening = figure.data[: figure.data.find(b">")]
    found = re.search(rb"--ks-width:(\d+)", opening) if _is_own(figure.data) else None
    return int(found[1]) if found else 0


def _is_own(data: bytes) -> bool:
    return data.startswith(drawing.OPENING.encode()) and b"<script" not in data.lower()
