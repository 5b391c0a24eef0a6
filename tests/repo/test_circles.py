"""No circle of imports: a reader who follows them comes to an end.  Imports for annotations alone count."""

import grimp
import pytest


def circles(graph: dict[str, set[str]]) -> list[set[str]]:
    """The sets of nodes that lead to one another."""
    reached = {node: _reachable(graph, node) for node in graph}
    found = {frozenset({node, *(other for other in reached[node] if node in reached[other])}) for node in graph}
    return [set(circle) for circle in found if len(circle) > 1]


def _reachable(graph: dict[str, set[str]], start: str) -> set[str]:
    seen: set[str] = set()
    ahead = [start]
    while ahead:
        for node in graph[ahead.pop()] - seen:
            seen.add(node)
            ahead.append(node)
    return seen


def modules_of(package: str) -> dict[str, set[str]]:
    graph = grimp.build_graph(package)
    return {module: graph.find_modules_directly_imported_by(module) & graph.modules for module in graph.modules}


def folders_of(package: str, modules: dict[str, set[str]]) -> dict[str, dict[str, set[str]]]:
    """By package, its children and which of them imports which, with all that is in them."""
    parents = {module.rpartition(".")[0] for module in modules} - {""}
    return {parent: _children(parent, modules) for parent in parents}


def _children(parent: str, modules: dict[str, set[str]]) -> dict[str, set[str]]:
    def child(module: str) -> str:
        return ".".join(module.split(".")[: parent.count(".") + 2])

    inside = [module for module in modules if module.startswith(f"{parent}.")]
    graph: dict[str, set[str]] = {child(module): set() for module in inside}
    for module in inside:
        graph[child(module)] |= {child(other) for other in modules[module] if other.startswith(f"{parent}.")}
    return {name: others - {name} for name, others in graph.items()}


def test_a_circle_is_found() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a", "c"}}) == [{"b", "c"}]


@pytest.mark.parametrize("package", ["checkedpool_spec", "checkedpool_model", "checkedpool"])
def test_no_module_imports_itself_by_way_of_others(package: str) -> None:
    assert not circles(modules_of(package))


@pytest.mark.parametrize("package", ["checkedpool_spec", "checkedpool_model"])
def test_no_folder_imports_itself_by_way_of_others(package: str) -> None:
    folders = folders_of(package, modules_of(package))
    found = [circle for graph in folders.values() for circle in circles(graph)]
    assert not found
