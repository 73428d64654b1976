"""The colours of pages and figures, light and dark.

A figure names its colours by role. The role becomes a CSS variable, so the same SVG follows
the reader's colour scheme, inlined in a page or opened by itself.
"""

# role: (light, dark). Text roles keep a contrast of 4.5 and the series one of 3 with both
# backgrounds; the series are told apart with the common kinds of colour blindness.
ROLES: dict[str, tuple[str, str]] = {
    "background": ("#fbfbf9", "#14171b"),
    "surface": ("#ffffff", "#1b1f24"),
    "ink": ("#1c2126", "#e6e9ec"),
    "muted": ("#58626d", "#a2acb7"),
    "line": ("#dfe1dd", "#30363d"),
    "accent": ("#175ea8", "#7ab5f2"),
    "on-accent": ("#ffffff", "#0b1622"),
    "good": ("#0d6b45", "#5ecb96"),
    "bad": ("#a8321c", "#f3937c"),
    "series-1": ("#175ea8", "#7ab5f2"),
    "series-2": ("#ad4708", "#f2a062"),
    "series-3": ("#0a7d63", "#4cc7a2"),
    "series-4": ("#a8478b", "#e295c8"),
    "series-5": ("#8f6f00", "#dcbb4a"),
    "series-6": ("#5a6571", "#a9b4c0"),
    "series-7": ("#00808f", "#5cc7d6"),
    "series-8": ("#7a56c2", "#b89cf0"),
}
SERIES = [role for role in ROLES if role.startswith("series-")]
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', sans-serif"


def _variables(scheme: int) -> str:
    return "".join(f"--ks-{role}:{colours[scheme]};" for role, colours in ROLES.items())


def variables(selector: str) -> str:
    """CSS that defines every role as `--ks-<role>` on `selector`. Paper is always light."""
    return (
        f"{selector}{{color-scheme:light dark;{_variables(0)}}}"
        f"@media screen and (prefers-color-scheme:dark){{{selector}{{{_variables(1)}}}}}"
    )


def css(role: str) -> str:
    """The CSS value of a role, with the light colour for viewers that know no variables."""
    return "currentColor" if role == "ink" else f"var(--ks-{role},{ROLES[role][0]})"
