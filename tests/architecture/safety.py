"""What files from strangers could do harm with, and what would need the network."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.modules import modules

# Formats whose reading runs code that the file names.
CODE_RUNNING_FORMATS = frozenset(
    {"cloudpickle", "dill", "jsonpickle", "marshal", "pickle", "shelve", "_pickle"}
)

# Calls that are never right here, by what they are called as.
HARMFUL_CALLS = {
    "eval": "runs text as code",
    "exec": "runs text as code",
    "os.popen": "runs a shell",
    "os.system": "runs a shell",
    "pandas.read_pickle": "runs code that the file names",
    "pd.read_pickle": "runs code that the file names",
    "tempfile.mktemp": "lets another process take the name first",
    "yaml.full_load": "builds objects that the file names; use yaml.safe_load",
    "yaml.load": "builds objects that the file names; use yaml.safe_load",
    "yaml.unsafe_load": "builds objects that the file names; use yaml.safe_load",
}

# Files that may use a harmful call, and why.
ALLOWED: dict[tuple[str, str], str] = {}

# Hosts that may be named: namespaces, a licence, a source of colours, names kept for examples.
# Any other, a package registry above all, would tie the project to one place.
NAMED_HOSTS = frozenset(
    {"www.w3.org", "www.apache.org", "jfly.uni-koeln.de", "www.speedscope.app"}
    | {"127.0.0.1", "localhost"}
    | {"evil", "example.org", "example.test"}
)
_HOST = re.compile(r"https?://([A-Za-z0-9.-]+)")

# Something that a browser would fetch from elsewhere while showing a page. Links to follow are not.
_FETCHED = re.compile(
    r"""<(?:script|link|img|iframe|source|video|audio|object|embed)\b[^>]*?\b(?:src|href|data)\s*=
        \s*["']?(?:https?:)?//
      | @import\s+(?:url\()?\s*["']?(?:https?:)?//
      | \burl\(\s*["']?(?:https?:)?//
      | \b(?:fetch|import)\(\s*["'`](?:https?:)?//""",
    re.VERBOSE | re.IGNORECASE,
)

_TEXT_SUFFIXES = frozenset(
    {"", ".c", ".cfg", ".css", ".h", ".html", ".in", ".ipynb", ".j2", ".js", ".json", ".lock"}
    | {".md", ".py", ".pyi", ".sh", ".svg", ".toml", ".txt", ".yaml", ".yml"}
)
_NOT_OURS = frozenset({".cache", ".git", ".hypothesis", ".venv", "build", "dist", "runs"})


def code_running_formats(root: Path) -> list[str]:
    """Find imports of modules that run code when they read a file."""
    return [
        f"{module.at(found.line)}: {found.target} runs code that the file names"
        for module in modules(root)
        for found in module.imports
        if found.target.partition(".")[0] in CODE_RUNNING_FORMATS
    ]


def harmful_calls(root: Path) -> list[str]:
    """Find calls that run or unpack what a stranger wrote."""
    return [
        f"{module.at(call.lineno)}: {name}() {harm}"
        for module in modules(root)
        for call in ast.walk(module.tree)
        if isinstance(call, ast.Call)
        for name, harm in _harms(call)
        if (str(module.path.relative_to(root)), name) not in ALLOWED
    ]


def unused_permissions(root: Path) -> list[str]:
    """Find permissions whose file no longer makes the call."""
    made = {
        (str(module.path.relative_to(root)), name)
        for module in modules(root)
        for call in ast.walk(module.tree)
        if isinstance(call, ast.Call)
        for name, _ in _harms(call)
    }
    return [
        f"{path} does not call {name}() any more"
        for path, name in ALLOWED
        if (path, name) not in made
    ]


def foreign_hosts(root: Path) -> list[str]:
    """Find addresses of hosts in any text file, other than those that may be named."""
    return [
        f"{path.relative_to(root)}:{number}: names the host {match[1]}"
        for path in text_files(root)
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), start=1)
        for match in _HOST.finditer(line)
        if match[1].rstrip(".") not in NAMED_HOSTS
    ]


def fetched_resources(root: Path) -> list[str]:
    """Find what a page or picture of ours would load from the network."""
    found = []
    for path in text_files(root):
        text = path.read_text(errors="replace")
        for match in _FETCHED.finditer(text):
            number = text.count("\n", 0, match.start()) + 1
            found.append(
                f"{path.relative_to(root)}:{number}: loads {match.group()!r} from elsewhere"
            )
    return found


def text_files(root: Path) -> Iterator[Path]:
    """Go through the text files of the product: everything but the tests and what is made."""
    for path in sorted(root.rglob("*")):
        parts = path.relative_to(root).parts
        if path.suffix not in _TEXT_SUFFIXES or not path.is_file() or path.is_symlink():
            continue
        if not _NOT_OURS.intersection(parts) and not _is_made(parts) and parts[0] != "tests":
            yield path


def _is_made(parts: tuple[str, ...]) -> bool:
    return any(part.endswith("_cache") or part.startswith("__py") for part in parts)


def _harms(call: ast.Call) -> Iterator[tuple[str, str]]:
    name = ast.unparse(call.func)
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    if name in HARMFUL_CALLS:
        yield name, HARMFUL_CALLS[name]
    if name.endswith((".extractall", ".extract")) and "filter" not in keywords:
        yield name, "without filter= writes wherever the archive says"
    for keyword, harm in (
        ("allow_pickle", "with allow_pickle=True runs code that the file names"),
        ("shell", "with shell=True lets a file name become a command"),
    ):
        if _may_be_true(keywords.get(keyword)):
            yield name, harm


def _may_be_true(value: ast.expr | None) -> bool:
    return value is not None and not (isinstance(value, ast.Constant) and not value.value)
