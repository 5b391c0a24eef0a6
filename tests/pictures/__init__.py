"""The pictures of the documents: ``python -m tests.pictures`` writes them into ``docs/generated``.

  diagrams   which tables there are, and what is a node or an edge of each
  record     those of the manager's record of a worker, and the page about it
  layered    where everything stands
  drawing    what it looks like: the text of an SVG file
  ends       what a request to end makes of each future, read off the contract machine
  flows      how that is drawn

Here and not in a package: only the tests may know the machines and draw them too.
"""
