"""Figures as pieces of a page: safe, without clashing names, as wide as their place.

Several drawings in one page share its name space, so every id gets the figure's name in front.
Scripts, comments, metadata and event handlers are dropped; nothing else is changed.
"""

import re
from pathlib import Path
from xml.etree import ElementTree

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
DROPPED = {f"{{{SVG}}}{name}" for name in ("script", "foreignObject", "metadata", "title")}
_HREF = f"{{{XLINK}}}href"

ElementTree.register_namespace("", SVG)
ElementTree.register_namespace("xlink", XLINK)


def inline(path: Path, name: str) -> str:
    """The drawing as one <svg> element whose ids begin with its name."""
    root = ElementTree.fromstring(path.read_bytes())
    _clean(root, name)
    width, height = size(root)
    root.attrib.pop("width", None)
    root.attrib.pop("height", None)
    root.set("viewBox", root.get("viewBox", f"0 0 {width:g} {height:g}"))
    root.set("id", f"figure-{name}-drawing")
    root.set("aria-hidden", "true")  # the figure around it has the words
    return ElementTree.tostring(root, encoding="unicode")


def size(root: ElementTree.Element) -> tuple[float, float]:
    """Width and height in the drawing's own units."""
    if box := root.get("viewBox"):
        _, _, width, height = map(float, box.split())
        return width, height
    return tuple(float(root.get(k, "100").rstrip("ptx")) for k in ("width", "height"))  # type: ignore[return-value]


def _clean(element: ElementTree.Element, name: str) -> None:
    for child in list(element):
        if child.tag in DROPPED:
            element.remove(child)
        else:
            _clean(child, name)
    if element.tag == f"{{{SVG}}}style" and element.text:
        element.text = element.text.replace("*{", f"#figure-{name}-drawing *{{")
    for key, value in list(element.attrib.items()):
        if key.lower().startswith("on"):
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
