"""Fifty texts that mean something to a shell, a browser, Typst, a spreadsheet or a file system."""

PATHS = [
    "../../etc/passwd",
    "/etc/passwd",
    "..",
    "~/.ssh/id",
    "a/../../b",
    "C:\\x",
    "con",
    "-rf",
    "./-",
]
SHELL = [
    "; touch x",
    "$(touch x)",
    "`touch x`",
    "a && b",
    "| cat",
    "> x",
    "'; x; '",
    '"$HOME"',
    "*",
]
HTML = [
    "<script>alert(1)</script>", "</script>", "<img src=x onerror=alert(1)>", "<!--", "]]>",
    '" onload="alert(1)', "&lt;b&gt;", "<svg onload=alert(1)>", "</title>", "javascript:alert(1)",
]  # fmt: skip
TEMPLATES = ["{{ 7 * 7 }}", "{% raw %}", "${7*7}", "%(x)s", "{0}", "\\u003c", "%s%n"]
TYPST = [
    '#import "@preview/x:0.1.0"', '#read("/etc/passwd")', "$x^2$", "*b* _i_", "= head", "@ref",
    "// gone", "/* gone", "\\ ~ --", "#panic()",
]  # fmt: skip
TABLES = ["=1+1", "=cmd|' /C calc'!A0", "@SUM(1)", 'a,b"c', "NA, nan"]
ALL = (*PATHS, *SHELL, *HTML, *TEMPLATES, *TYPST, *TABLES)
