"""What MkDocs is told besides ``mkdocs.yml``: pages from outside docs, explorers, pictures, links.

Decides: which step of a build asks which module here.  Must not know: how any of it is done.
"""

from __future__ import annotations

import re
from pathlib import Path
from posixpath import dirname, relpath
from typing import cast

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from checkedpool_model.explorer.page import html
from checkedpool_model.explorer.subjects import of_exhibit
from checkedpool_model.museum import EXHIBITS
from checkedpool_spec.clauses import sentences
from tests.site import clauses, links, sequences
from tests.site.navigation import Entry, filled

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
EXPLORERS = {f"museum/{exhibit.name}.md": exhibit for exhibit in EXHIBITS}
EXPLORER = """\
## Walk through it

<iframe class="explorer" src="explore/{name}.html" title="Explorer: {title}" loading="lazy"></iframe>

[On a page of its own](explore/{name}.html); [what one can do in it](../explorer.md).

"""
SPECIFICATION = {"C": "spec/contract.md", "P": "spec/protocol.md"}
PROTOCOL = re.compile(r"^\*\*(P-\d+) (.+?)\*\*", re.MULTILINE | re.DOTALL)
SEARCH = 'data-md-component="search" role="dialog"'
PLACES: dict[str, str] = {}
"""Of the running build: by its path in the repository the place of each file."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Pages from elsewhere, an explorer of each exhibit, and what the pages look like."""
    PLACES.clear()
    PLACES.update(links.pages(ROOT))
    for path, place in PLACES.items():
        if path != links.DOCS + place:
            if old := files.get_file_from_path(path.removeprefix(links.DOCS)):
                files.remove(old)
            files.append(File.generated(config, place, content=links.page(ROOT, path)))
    for exhibit in EXHIBITS:
        explorer = f"museum/explore/{exhibit.name}.html"
        files.append(File.generated(config, explorer, content=html(of_exhibit(exhibit))))
    for asset in sorted(HERE.glob("assets/*")):
        files.append(File.generated(config, asset.relative_to(HERE).as_posix(), abs_src_path=str(asset)))
    pages = [file.src_uri for file in files.documentation_pages() if "." not in Path(file.src_uri).stem]
    config.nav = filled(cast("list[Entry]", config.nav), pages)
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """A page with its links, its pictures and its explorer."""
    place = page.file.src_uri
    path = next((path for path, where in PLACES.items() if where == place), None)
    if path is None or not path.endswith(links.MARKDOWN):
        return markdown
    text = sequences.pictured(links.led(markdown, path, PLACES))
    if place in SPECIFICATION.values():
        text = clauses.anchored(text)
    if exhibit := EXPLORERS.get(place):
        explorer = EXPLORER.format(name=exhibit.name, title=exhibit.words.title)
        text = text.replace("## The cure\n", explorer + "## The cure\n")
    return text


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """A page on which clauses are links."""
    here = dirname(page.file.src_uri) or "."

    def leads(clause: str) -> str:
        target = relpath(SPECIFICATION[clause[0]], here).removesuffix(links.MARKDOWN)
        return f"{target}.html#{clause.lower()}"

    return clauses.linked(html, _said().get, leads)


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """The theme's dialog without a name, named."""
    return output.replace(SEARCH, f'{SEARCH} aria-label="Search"')


def _said() -> dict[str, str]:
    text = (ROOT / SPECIFICATION["P"]).read_text(encoding="utf-8")
    return sentences() | {clause: " ".join(title.split()) for clause, title in PROTOCOL.findall(text)}
