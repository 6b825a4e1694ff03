"""Figures as pieces of a page: safe, without clashing names, as wide as their place.

Several drawings in one page share its name space, so every id gets the figure's name in front.
Scripts, comments, metadata and event handlers are dropped. A color #0072b2 becomes the variable
--k0072b2, which `report.shades` defines for light and for dark pages; nothing else is changed.
"""

import re
from pathlib import Path
from xml.etree import ElementTree

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
DROPPED = {f"{{{SVG}}}{name}" for name in ("script", "foreignObject", "metadata", "title")}
_HREF = f"{{{XLINK}}}href"
_COLOR = re.compile(r"#([0-9a-fA-F]{6})\b")
_REFERENCE = re.compile(r"^#(.+)$|url\(#([^)]+)\)")
_VARIABLE = re.compile(r"var\(--k([0-9a-f]{6})\)")
BLACK = "000000"  # what has no color is drawn in

ElementTree.register_namespace("", SVG)
ElementTree.register_namespace("xlink", XLINK)


def inline(path: Path, name: str) -> str:
    """The drawing as one <svg> element whose ids begin with its name."""
    root = ElementTree.fromstring(path.read_bytes())
    _clean(root, name, _named(root))
    width, height = size(root)
    root.attrib.pop("width", None)
    root.attrib.pop("height", None)
    root.set("viewBox", root.get("viewBox", f"0 0 {width:g} {height:g}"))
    root.set("id", f"figure-{name}-drawing")
    root.set("aria-hidden", "true")  # the figure around it has the words
    root.set("style", f"--wide: {width:g};fill: var(--k{BLACK});" + root.get("style", ""))
    return ElementTree.tostring(root, encoding="unicode")


def colors(drawings: str) -> list[str]:
    """The colors, as "rrggbb", that inlined drawings ask for."""
    return sorted({BLACK, *_VARIABLE.findall(drawings)})


def size(root: ElementTree.Element) -> tuple[float, float]:
    """Width and height in the drawing's own units."""
    if box := root.get("viewBox"):
        _, _, width, height = map(float, box.split())
        return width, height
    return tuple(float(root.get(k, "100").rstrip("ptx")) for k in ("width", "height"))  # type: ignore[return-value]


def _named(root: ElementTree.Element) -> set[str]:
    """The ids that something in the drawing refers to; a page is slow with thousands of others."""
    values = [value for element in root.iter() for value in element.attrib.values()]
    return {name for value in values for names in _REFERENCE.findall(value) for name in names}


def _ink(text: str | None) -> str | None:
    """Without the spaces and ends of lines between elements."""
    return text if text and text.strip() else None


def _clean(element: ElementTree.Element, name: str, named: set[str]) -> None:
    element.text, element.tail = (_ink(text) for text in (element.text, element.tail))
    for child in list(element):
        if child.tag in DROPPED:
            element.remove(child)
        else:
            _clean(child, name, named)
    if element.tag == f"{{{SVG}}}style" and element.text:
        element.text = element.text.replace("*{", f"#figure-{name}-drawing *{{")
    for key in ("fill", "stroke"):
        if _COLOR.fullmatch(element.get(key, "")):  # no attribute takes a variable, a style does
            element.set("style", f"{key}: {element.attrib.pop(key)};{element.get('style', '')}")
    for key, value in list(element.attrib.items()):
        if key == "style":
            value = _COLOR.sub(lambda match: f"var(--k{match[1].lower()})", value)
            element.set(key, value)
        if key.lower().startswith("on") or key == "id" and value not in named:
            del element.attrib[key]
        elif key == "id":
            element.set(key, f"{name}-{value}")
        elif key in (_HREF, "href"):
            if value.startswith("#"):
                element.set(key, f"#{name}-{value[1:]}")
            elif not value.startswith("data:image/"):
                del element.attrib[key]
        elif "url(#" in value:
            element.set(key, re.sub(r"url\(#", f"url(#{name}-", value))
